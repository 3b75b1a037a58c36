using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

public sealed class LinearGaussianTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _x;

    public LinearGaussianTests()
    {
        using var seed = SeedScope.Begin(1);
        _x = torch.randn([50, 4], dtype: torch.float64) * 1.2;
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Elbo_with_the_exact_posterior_is_the_log_evidence_for_every_sample()
    {
        using var model = LinearGaussian.Model();
        var q = model.Encode(_x);
        var (z, logPosterior) = q.RSampleAndLogProb(3);
        var bound = model.Decode(z).LogProb(_x) + model.Prior.LogProb(z) - logPosterior;
        var evidence = LinearGaussian.LogEvidence(_x);
        bound.Values().Chunk(50).Should().OnlyContain(row => row.Zip(evidence).All(p => Math.Abs(p.First - p.Second) < 1e-9));
    }

    [Fact]
    public void Sampled_objective_is_the_negative_evidence_and_the_closed_form_agrees_in_expectation()
    {
        using var model = LinearGaussian.Model();
        using var batch = new Batch(_x.clone());
        var evidence = LinearGaussian.LogEvidence(_x).Average();
        new Elbo(new() { Kl = KlEstimator.Sampled }).Compute(model, batch).Loss.ToDouble().Should().BeApproximately(-evidence, 1e-9);

        using var seed = SeedScope.Begin(2);
        var draws = Enumerable.Range(0, 400).Select(_ => new Elbo().Compute(model, batch).Loss.ToDouble()).ToArray();
        var error = Math.Sqrt(draws.Select(d => (d - draws.Average()) * (d - draws.Average())).Average() / draws.Length);
        draws.Average().Should().BeApproximately(-evidence, 4 * error);
    }

    [Fact]
    public void Importance_sampling_from_the_exact_posterior_has_no_variance_and_all_samples_count()
    {
        using var model = LinearGaussian.Model();
        using var data = new TensorData(_x);
        var estimate = Evaluate.NegativeLogLikelihood(model, data, new() { Samples = 7, ChunkSize = 3, BatchSize = 16 });
        estimate.Mean.Should().BeApproximately(-LinearGaussian.LogEvidence(_x).Average(), 1e-9);
        estimate.EffectiveSampleSize.Should().BeApproximately(7, 1e-9);
        (estimate.Items, estimate.Samples).Should().Be((50, 7));
        estimate.BitsPerDimension.Should().BeApproximately(estimate.Mean / (4 * Math.Log(2)), 1e-12);
    }

    [Fact]
    public void Importance_sampling_from_a_wrong_posterior_finds_the_evidence_and_the_bound_grows_with_the_samples()
    {
        using var model = LinearGaussian.Model(meanShift: 0.3, logVarianceShift: 0.4);
        using var data = new TensorData(_x);
        var evidence = LinearGaussian.LogEvidence(_x).Average();
        var bounds = new[] { 1, 5, 50 }.Select(k => Repeated(k, 40)).ToArray();
        bounds.Select(b => b.Mean).Should().BeInDescendingOrder("−L_K shrinks as K grows");
        (bounds[0].Mean - bounds[2].Mean).Should().BeGreaterThan(4 * bounds[0].Error);
        bounds.Should().OnlyContain(b => b.Mean > -evidence - 3 * b.Error, "every L_K is a lower bound");
        var many = Repeated(2000, 10);
        many.Mean.Should().BeApproximately(-evidence, 3 * many.Error + 1e-3, "the bias at K = 2000 is below a thousandth of a nat");

        (double Mean, double Error) Repeated(int samples, int times)
        {
            var means = Enumerable.Range(0, times)
                .Select(seed => Evaluate.NegativeLogLikelihood(model, data, new() { Samples = samples, ChunkSize = 100, Seed = seed }).Mean)
                .ToArray();
            var spread = Math.Sqrt(means.Select(m => (m - means.Average()) * (m - means.Average())).Sum() / (times - 1));
            return (means.Average(), spread / Math.Sqrt(times));
        }
    }
}
