using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Evaluation;

public sealed class OwnSeedTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly Vae _vae = new(
        new MlpEncoder(6, latentSize: 2, hidden: [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
    private readonly TensorData _data = new(torch.rand(20, 6).round());

    public void Dispose()
    {
        _data.Dispose();
        _vae.Dispose();
        _scope.Dispose();
    }

    public static TheoryData<string> Computations => [.. All.Keys];

    private static Dictionary<string, Func<Vae, TensorData, double>> All => new()
    {
        ["likelihood"] = (vae, data) => Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 20 }).Mean,
        ["annealed"] = (vae, data) => Evaluate.AnnealedImportanceSampling(vae, data, new() { Chains = 2, Temperatures = 5 }).Mean,
        ["marginal_kl"] = (vae, data) => Evaluate.MarginalKl(vae, data, new() { Samples = 100 }).MarginalKl,
        ["halves"] = (vae, data) => Trained(vae, data, new() { Epochs = 2, BatchSize = 8, Seed = 3, SplitBatches = true }),
        ["training"] = (vae, data) => Trained(vae, data, new() { Epochs = 2, BatchSize = 5, Seed = 3 }),
    };

    [Theory]
    [MemberData(nameof(Computations))]
    public void Its_own_seed_decides_also_where_the_thread_draws_from_a_generator_of_its_own_and_that_is_left_alone(string name)
    {
        var (alone, untouched) = (All[name](_vae, _data), 0.0);
        using (NoiseSource.Begin(_vae, 7))
            untouched = Drawn();
        using (NoiseSource.Begin(_vae, 7))
        {
            All[name](_vae, _data).Should().Be(alone);
            All[name](_vae, _data).Should().Be(alone);
            Drawn().Should().Be(untouched);
        }
    }

    private static double Trained(Vae vae, TensorData data, TrainingOptions options)
    {
        using var copy = vae.Copy();
        return Trainer.Fit(copy, new Elbo(), data, options: options).History[^1].TrainLoss;
    }

    private static double Drawn() => NoiseSource.Normal([1], torch.zeros(1), itemAxis: null).ToDouble();
}
