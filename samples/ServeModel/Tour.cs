using System.Net.Http.Json;
using System.Text.Json;

namespace VaeToolkit.Samples;

/// <summary>One request to each endpoint, as a client makes it.</summary>
internal static class Tour
{
    public static async Task Run(Uri address, ServedModel model)
    {
        using var client = new HttpClient { BaseAddress = address };
        var health = await client.GetFromJsonAsync<HealthAnswer>("/health");
        var about = await client.GetFromJsonAsync<ModelAnswer>("/model");
        var sample = await client.GetFromJsonAsync<ItemsAnswer>("/sample?count=2&seed=7");
        var items = new ItemsRequest(sample!.Items);
        Console.WriteLine($"the model is {health!.Status}; {about!.Units.Count(unit => unit.Active)} of its latent units are active");

        var reconstructions = await Post<ItemsAnswer>("/reconstruct", items);
        var posteriors = (await Post<LatentAnswer>("/latent", items)).Posteriors;
        var decoded = await Post<ItemsAnswer>("/latent/decode", new CodesRequest([.. posteriors.Select(posterior => posterior.Mean)]));
        var difference = decoded.Items.Zip(reconstructions.Items).Max(pair => pair.First.Zip(pair.Second, (a, b) => Math.Abs(a - b)).Max());
        var score = await Post<ScoreAnswer>("/score", items);

        SampleResult.Print("sample_values", sample.Items.Sum(item => item.Length), "", "F0");
        SampleResult.Print("decoded_mean_code_to_reconstruction", difference, "", "G2");
        SampleResult.Print("score", score.Scores[0], "nats");
        SampleResult.Print("threshold", score.Threshold.Value, "nats");
        await Refusal("/latent", new ItemsRequest([new float[model.ItemSize - 1]]));

        async Task<T> Post<T>(string path, object body)
        {
            using var response = await client.PostAsJsonAsync(path, body);
            response.EnsureSuccessStatusCode();
            return (await response.Content.ReadFromJsonAsync<T>())!;
        }

        async Task Refusal(string path, object body)
        {
            using var response = await client.PostAsJsonAsync(path, body);
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
            Console.WriteLine($"an item that is too short: {problem.GetProperty("detail").GetString()}");
            SampleResult.Print("refusal_status", (int)response.StatusCode, "", "F0");
        }
    }
}
