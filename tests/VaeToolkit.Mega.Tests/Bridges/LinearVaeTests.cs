using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Bridges;

public sealed class LinearVaeTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [RealDataFact("tabular")]
    public void Bound_with_the_exact_posterior_is_the_pca_likelihood_in_closed_form_and_on_average()
    {
        var iris = Tables.Rows("iris");
        var exact = ProbabilisticPca.Fit(iris, 2);
        var likelihood = exact.LogLikelihood(iris) / 150;
        var moments = DataMoments.Of(iris).Maximum;
        var variances = exact.PosteriorCovariance.Diagonal();
        LinearVae.ExpectedElbo(exact, exact.PosteriorWeights, variances, moments).Should().BeApproximately(likelihood, 1e-10);
        LinearVae.ExpectedElbo(exact, exact.PosteriorWeights * 0.9, variances, moments).Should().BeLessThan(likelihood);

        using var vae = LinearVae.FromExact(exact);
        using var batch = new Batch(iris.clone());
        using var seed = SeedScope.Begin(3);
        var bounds = Enumerable.Range(0, 400).Select(_ => -new Elbo().Compute(vae, batch).Loss.ToDouble()).ToArray();
        var spread = Math.Sqrt(bounds.Sum(bound => Math.Pow(bound - bounds.Average(), 2)) / 399 / 400);
        bounds.Average().Should().BeApproximately(likelihood, 3 * spread);
        (LinearVae.ToExact(vae).Weights - exact.Weights).FrobeniusNorm().Should().BeLessThan(1e-12);
    }

    [RealDataFact("tabular")]
    public void Importance_weights_of_the_exact_posterior_are_all_the_evidence()
    {
        var iris = Tables.Rows("iris");
        var exact = ProbabilisticPca.Fit(iris, 2);
        using var vae = LinearVae.FromExact(exact);
        using var batch = new Batch(iris.clone());
        using var data = new TensorData(iris);
        foreach (var seed in new[] { 1, 2, 3 })
        {
            using var random = SeedScope.Begin(seed);
            new Iwae(samples: 5).Compute(vae, batch).Loss.ToDouble().Should().BeApproximately(-exact.LogLikelihood(iris) / 150, 1e-9);
            Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 6, Seed = seed }).EffectiveSampleSize
                .Should().BeApproximately(6, 1e-8);
        }
    }

    [RealDataFact("tabular")]
    public void Trained_linear_vae_is_within_a_hundredth_nat_of_the_pca_maximum_and_never_above()
    {
        var iris = Tables.Rows("iris");
        var moments = DataMoments.Of(iris).Maximum;
        var maximum = ProbabilisticPca.Fit(iris, 2).LogLikelihood(iris) / 150;
        using var vae = LinearVae.Create(moments.Mean, 2, seed: 1);
        using var batch = new Batch(iris.clone());
        using var seed = SeedScope.Begin(1);
        var objective = new Elbo(new() { Samples = 4 });
        foreach (var (rate, steps) in new[] { (0.02, 1500), (0.004, 1000), (0.001, 500) })
        {
            using var optimizer = Optimizers.Adam(vae.parameters(), rate);
            for (var i = 0; i < steps; i++)
                TrainingLoop.Step(vae, objective, batch, optimizer);
        }
        var reached = LinearVae.ToExact(vae).LogLikelihood(iris) / 150;
        reached.Should().BeInRange(maximum - 0.01, maximum + 1e-9);
        var encoder = vae.Encoder;
        var bound = LinearVae.ExpectedElbo(
            LinearVae.ToExact(vae), Rows.Matrix(encoder.get_parameter("weights")!),
            Rows.Vector(encoder.get_parameter("log_variance")!.exp()), moments);
        bound.Should().BeLessThan(maximum);
    }

    [Fact]
    public void Columns_that_are_not_orthogonal_are_refused()
    {
        var model = new ProbabilisticPca(
            Vector<double>.Build.Dense(3), Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 1 }, { 0, 1 }, { 0, 0 } }), 1);
        FluentActions.Invoking(() => LinearVae.FromExact(model)).Should().Throw<ArgumentException>().WithMessage("*not orthogonal*");
    }
}
