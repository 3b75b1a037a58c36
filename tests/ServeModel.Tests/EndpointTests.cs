using System.Net.Http.Headers;
using System.Net.Http.Json;
using TorchSharp;

namespace VaeToolkit.Samples.Tests;

[Collection(OneService.Name)]
public sealed class EndpointTests(RunningService service)
{
    [Fact]
    public async Task Samples_are_the_frozen_models()
    {
        var answer = await service.Get<ItemsAnswer>("/sample?count=3&seed=7");
        answer.Seed.Should().Be(7);
        Bits(answer.Items).Should().Equal(Bits(() => service.Frozen.Sample(3, 7)));
    }

    [Fact]
    public async Task Samples_without_a_seed_say_which_was_taken()
    {
        var answer = await service.Get<ItemsAnswer>("/sample");
        Bits(answer.Items).Should().Equal(Bits(() => service.Frozen.Sample(1, answer.Seed)));
    }

    [Fact]
    public async Task Samples_are_pictures_for_those_who_accept_them()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sample?count=5&seed=7");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("image/png"));
        using var response = await service.Client.SendAsync(request);
        response.Content.Headers.ContentType!.MediaType.Should().Be("image/png");
        using var scope = torch.NewDisposeScope();
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(ImageGrid.ToPng(service.Frozen.Sample(5, 7), columns: 3));
    }

    [Fact]
    public async Task Reconstructions_are_the_frozen_models()
    {
        var answer = await service.Post<ItemsAnswer>("/reconstruct", Items(9));
        Bits(answer.Items).Should().Equal(Bits(() => service.Frozen.Reconstruct(service.Images(9))));
    }

    [Fact]
    public async Task Posteriors_are_the_frozen_models()
    {
        var posteriors = (await service.Post<LatentAnswer>("/latent", Items(9))).Posteriors;
        Bits(posteriors.Select(posterior => posterior.Mean)).Should().Equal(Bits(() => service.Frozen.Encode(service.Images(9)).Mean));
        Bits(posteriors.Select(posterior => posterior.Deviation))
            .Should().Equal(Bits(() => service.Frozen.Encode(service.Images(9)).Variance.sqrt()));
    }

    [Fact]
    public async Task Decoded_codes_are_the_frozen_models()
    {
        float[][] codes = [[0, 0, 0, 0], [1.5f, -0.25f, 100, -100]];
        var answer = await service.Post<ItemsAnswer>("/latent/decode", new CodesRequest(codes));
        Bits(answer.Items).Should().Equal(Bits(() => service.Frozen.Decode(torch.tensor(codes.SelectMany(c => c).ToArray(), [2, 4])).Mean));
    }

    [Fact]
    public async Task Scores_are_the_detectors()
    {
        using var scope = torch.NewDisposeScope();
        var noise = torch.rand([4, 784], generator: new torch.Generator(1)).round();
        var items = torch.cat([service.Images(9), noise]);
        var answer = await service.Post<ScoreAnswer>("/score", new ItemsRequest(Rows.Of(Floats(items), 784)));
        answer.Scores.Should().Equal(service.Detector.Score(items));
        answer.Anomalies.Should().Equal(service.Detector.IsAnomaly(items)).And.EndWith([true, true, true, true]);
        answer.Threshold.Value.Should().Be(service.Detector.Threshold.Value);
        answer.Threshold.Lower.Should().Be(service.Detector.Threshold.Lower);
        answer.Threshold.Upper.Should().Be(service.Detector.Threshold.Upper);
        answer.Threshold.Share.Should().Be(0.95);
    }

    [Fact]
    public async Task The_model_is_described_with_its_most_active_units_first()
    {
        var answer = await service.Get<ModelAnswer>("/model");
        answer.ItemShape.Should().Equal(1, 28, 28);
        answer.Binary.Should().BeTrue();
        answer.MostItems.Should().Be(64);
        answer.Units.Select(unit => unit.Activity).Should().Equal(service.Activity.MeanVariances.OrderDescending());
        answer.Units.Should().OnlyContain(unit => service.Activity.MeanVariances[unit.Index] == unit.Activity);
        answer.Units.Count(unit => unit.Active).Should().Be(service.Activity.ActiveUnits).And.BePositive();
    }

    [Fact]
    public async Task It_is_healthy() => (await service.Get<HealthAnswer>("/health")).Status.Should().Be("healthy");

    [Fact]
    public async Task Parallel_answers_equal_sequential_ones_and_leave_no_tensor()
    {
        // Fewer than may wait.
        const int Calls = 240;
        var items = Items(1);
        var alone = new List<byte[]>();
        for (var i = 0; i < 20; i++)
            alone.Add(await Call(i));
        var before = Reference.LiveTensors();
        var together = await Task.WhenAll(Enumerable.Range(0, Calls).Select(i => Task.Run(() => Call(i))));
        together.Index().Count(answer => !answer.Item.AsSpan().SequenceEqual(alone[answer.Index % 20])).Should().Be(0);
        (Reference.LiveTensors() - before).Should().BeLessThanOrEqualTo(0);

        async Task<byte[]> Call(int i)
        {
            using var response = await ((i % 4) switch
            {
                0 => service.Client.GetAsync(new Uri($"/sample?count=2&seed={i % 20}", UriKind.Relative)),
                1 => service.Client.PostAsJsonAsync("/reconstruct", items),
                2 => service.Client.PostAsJsonAsync("/latent", items),
                _ => service.Client.PostAsJsonAsync("/score", items),
            });
            response.IsSuccessStatusCode.Should().BeTrue();
            return await response.Content.ReadAsByteArrayAsync();
        }
    }

    private ItemsRequest Items(int count)
    {
        using var scope = torch.NewDisposeScope();
        return new(Rows.Of(Floats(service.Images(count)), 784));
    }

    private static float[] Floats(torch.Tensor tensor)
    {
        using var accessor = tensor.contiguous().data<float>();
        return accessor.ToArray();
    }

    private static int[] Bits(IEnumerable<float[]> rows) => [.. rows.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits)];

    private static int[] Bits(Func<torch.Tensor> answer)
    {
        using var scope = torch.NewDisposeScope();
        return Bits([Floats(answer())]);
    }
}
