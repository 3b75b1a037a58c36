namespace VaeToolkit.Samples;

/// <summary>
/// The endpoints that ask the model. A handler checks, waits for its turn, asks, and lets its turn go before the answer is sent.
/// </summary>
internal static class ModelEndpoints
{
    /// <summary>Every endpoint, for those who ask for another.</summary>
    public const string All = "GET /, /health, /model, /sample; POST /reconstruct, /latent, /latent/decode, /score";

    private const string Png = "image/png";

    public static void MapModel(this WebApplication app, ServedModel model, WorkGate gate, ServiceLimits limits)
    {
        var about = About(model, limits);
        app.MapGet("/model", () => about);
        // A model that decodes is well; the answer is not needed, and a queue that is full says so by itself.
        app.MapGet("/health", async (CancellationToken stop) =>
        {
            _ = await gate.Run(_ => model.Decode(new float[model.LatentSize]), stop);
            return new HealthAnswer("healthy");
        });
        app.MapGet("/sample", async (HttpRequest request, CancellationToken stop, int count = 1, long? seed = null)
            => await Sample(model, gate, limits, count, seed ?? Random.Shared.Next(), WantsPng(request), stop));
        app.MapPost("/reconstruct", async (HttpRequest request, CancellationToken stop) =>
        {
            var items = await Items(request, stop);
            return new ItemsAnswer(Rows.Of(await gate.Run(_ => model.Reconstruct(items), stop), model.ItemSize));
        });
        app.MapPost("/latent", async (HttpRequest request, CancellationToken stop) =>
        {
            var items = await Items(request, stop);
            var (means, deviations) = await gate.Run(_ => model.Encode(items), stop);
            return new LatentAnswer([.. means.Chunk(model.LatentSize).Zip(
                deviations.Chunk(model.LatentSize), (mean, deviation) => new PosteriorAnswer(mean, deviation))]);
        });
        app.MapPost("/latent/decode", async (HttpRequest request, CancellationToken stop) =>
        {
            var rows = (await Body.Read<CodesRequest>(request, stop)).Codes;
            var codes = Rows.Flat(rows, "codes", model.LatentSize, limits.Items, limits.LatentValue);
            return new ItemsAnswer(Rows.Of(await gate.Run(_ => model.Decode(codes), stop), model.ItemSize));
        });
        app.MapPost("/score", async (HttpRequest request, CancellationToken stop) =>
        {
            var items = await Items(request, stop);
            var scores = await gate.Run(untilThen => model.Score(items, untilThen), stop);
            return new ScoreAnswer(scores, Array.ConvertAll(scores, score => score > about.Threshold.Value), about.Threshold);
        });

        async Task<float[]> Items(HttpRequest request, CancellationToken stop)
            => Rows.Flat((await Body.Read<ItemsRequest>(request, stop)).Items, "items", model.ItemSize, limits.Items);
    }

    private static async Task<IResult> Sample(
        ServedModel model, WorkGate gate, ServiceLimits limits, int count, long seed, bool png, CancellationToken stop)
    {
        if (count < 1 || count > limits.Items)
            throw RefusedException.Wrong($"'count' is {count}; ask for 1 to {limits.Items} at once");
        if (!png)
        {
            var items = await gate.Run(_ => model.Sample(count, seed), stop);
            return TypedResults.Ok(new ItemsAnswer(Rows.Of(items, model.ItemSize), seed));
        }
        var picture = model.PictureShape ?? throw new RefusedException(
            StatusCodes.Status406NotAcceptable, $"items of shape {Shape.Text(model.ItemShape)} are no pictures; ask for application/json");
        return TypedResults.Bytes(await gate.Run(_ => model.SamplePng(count, seed, picture), stop), Png);
    }

    private static bool WantsPng(HttpRequest request)
        => request.GetTypedHeaders().Accept is [{ } first, ..] && first.MediaType == Png;

    private static ModelAnswer About(ServedModel model, ServiceLimits limits)
    {
        var threshold = model.Detector.Threshold;
        var units = model.Activity.MeanVariances
            .Select((variance, unit) => new UnitAnswer(unit, variance, variance > model.Activity.Threshold))
            .OrderByDescending(unit => unit.Activity);
        return new(
            model.Description, model.ItemShape, model.Binary, [.. units],
            new(threshold.Value, Finite(threshold.Lower), Finite(threshold.Upper), threshold.Probability), limits.Items);

        static double? Finite(double end) => double.IsFinite(end) ? end : null;
    }
}
