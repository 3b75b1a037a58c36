using TorchSharp;

namespace VaeToolkit.Boosting.Tests.Continual;

/// <summary>Small continual learning: items of six pixels, of which class c lights pixels 2c and 2c + 1.</summary>
internal static class Stripes
{
    internal static ContinualOptions Options { get; } = new()
    {
        Epochs = 4,
        BatchSize = 20,
        LearningRate = 0.01,
        WarmUpEpochs = 2,
        Seed = 3,
        Likelihood = new() { Samples = 20, Seed = 9 },
    };

    internal static TaskSequence Tasks(int count = 2, int perClass = 60, long seed = 1)
    {
        using var random = Training.SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        using var train = Data(perClass);
        using var test = Data(20);
        return TaskSequence.OneClassEach(train, test, count, validationItems: 30);
    }

    internal static TensorData Data(int perClass)
    {
        using var scope = torch.NewDisposeScope();
        var labels = torch.tensor(Enumerable.Range(0, 3 * perClass).Select(i => (long)(i % 3)).ToArray());
        var light = torch.eye(3).index_select(0, labels).unsqueeze(-1).expand(-1, -1, 2).reshape(-1, 6);
        return new(torch.rand([3L * perClass, 6L]) * (light * 0.8 + 0.1), labels);
    }

    internal static Vae Model(Func<Encoder, Prior>? prior = null)
    {
        using var random = Training.SeedScope.Begin(2);
        var encoder = new MlpEncoder(6, 2, [8]);
        return new Vae(encoder, new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)),
            prior?.Invoke(encoder) ?? new StandardNormalPrior(2));
    }

    internal static Vae BoostedModel() => BoostedModel(components: 3);

    internal static Vae BoostedModel(int components)
        => Model(encoder =>
            new BoostedPrior(encoder, [6], new() { MaxComponents = components, Steps = 5, SamplesPerStep = 4, LearningRate = 0.05 }));

    /// <summary>All that a boosted model learns.</summary>
    internal static double[] Values(Vae model)
        => [.. model.parameters().Concat([model.Prior.get_buffer("pseudo_inputs")!]).SelectMany(tensor => tensor.Values())];
}
