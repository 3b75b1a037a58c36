using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Kernels;

public sealed class KernelVaeTests : IDisposable
{
    private const double Scale = 0.05;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(21);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void On_kernels_of_a_two_factor_Gaussian_the_bound_and_the_gain_are_those_of_the_truth()
    {
        // w = 0.05 (A z + 0.5 ε): log p(w) in closed form; the best factorised Gaussian has the marginal variances.
        var a = torch.randn([27L, 2]) * 0.8;
        using var training = Draw(a, 4000, network: 0);
        using var heldOut = Draw(a, 2000, network: 1);
        using var model = KernelVaeTraining.Train(training, new() { LatentSize = 2, Steps = 1500, Seed = 3 });
        var report = KernelVaeEvaluation.Evaluate(model, training, heldOut, seed: 1);

        var (exact, factorised) = Truth(a, heldOut.Kernels);
        report.GaussianLogLikelihood.Should().BeApproximately(factorised, 0.1);
        report.Elbo.Should().BeInRange(exact - 0.3, exact + 0.05);
        report.Gain.Should().BeApproximately(exact - factorised, 0.1 * (exact - factorised));
        report.ActiveUnits.Should().Be(2);
        report.Warnings().Should().BeEmpty();
    }

    [Fact]
    public void Kernels_of_another_size_are_not_measured()
    {
        using var training = Draw(torch.randn([27L, 2]), 60, network: 0);
        using var model = KernelVaeTraining.Train(training, new() { Steps = 1 });
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = torch.randn([6L, 2, 5, 5]) };
        using var flat = KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"])).Single();
        foreach (var (fitted, heldOut) in new[] { (flat, training), (training, flat) })
            FluentActions.Invoking(() => KernelVaeEvaluation.Evaluate(model, fitted, heldOut)).Should().ThrowExactly<ArgumentException>()
                .WithMessage("the kernels of group 'layer' are [5, 5], the VAE's [3, 3, 3]*");
    }

    [Fact]
    public void On_white_noise_there_is_nothing_to_gain()
    {
        using var training = Draw(torch.zeros([27L, 2]), 3000, network: 0);
        using var heldOut = Draw(torch.zeros([27L, 2]), 2000, network: 1);
        using var model = KernelVaeTraining.Train(training, new() { Steps = 500 });
        var report = KernelVaeEvaluation.Evaluate(model, training, heldOut);
        report.Gain.Should().BeInRange(-1, 0.3);
    }

    [Theory]
    [InlineData(KernelArchitecture.Mlp)]
    [InlineData(KernelArchitecture.Convolutional)]
    public void It_is_an_ordinary_Vae_that_saves_and_loads_and_whose_seed_decides(KernelArchitecture architecture)
    {
        var path = Path.Combine(Path.GetTempPath(), $"kernels-{Guid.NewGuid():N}.safetensors");
        try
        {
            using var training = Draw(torch.randn([27L, 2]), 60, network: 0);
            var options = new KernelVaeOptions { Architecture = architecture, Steps = 5, Seed = 4 };
            using var model = KernelVaeTraining.Train(training, options);
            using var again = KernelVaeTraining.Train(training, options);
            Vae vae = model.Vae;
            vae.Decode(vae.Encode(training.Kernels).RSample(3)).LogProb(training.Kernels).shape.Should().Equal(3, 60);
            model.SampleMeans(5).shape.Should().Equal(5, 27);

            model.Save(path);
            using var loaded = KernelVae.Load(path);
            using var copy = model.Copy();
            foreach (var other in new[] { again, loaded, copy })
            {
                other.Scale.Should().Be(model.Scale);
                other.Vae.Reconstruct(training.Kernels).Values().Should().Equal(vae.Reconstruct(training.Kernels).Values());
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(new long[] { 3, 3 })]
    [InlineData(new long[] { 7, 7 })]
    [InlineData(new long[] { 5, 5, 5 })]
    public void Kernels_of_other_sizes_have_a_prior_too(long[] shape)
    {
        using var set = KernelHarvest.Of(
            [new(0, 0, new Dictionary<string, torch.Tensor> { ["a.weight"] = torch.randn([8L, 4, .. shape]) })],
            KernelGrouping.PerLayer(["a"])).Single();
        using var model = KernelVaeTraining.Train(set, new() { Steps = 2, LatentSize = 2 });
        model.SampleMeans(3).shape.Should().Equal(3, shape.Aggregate(1L, (p, n) => p * n));
        FluentActions.Invoking(() => KernelVaeTraining.Train(set, new() { Architecture = KernelArchitecture.Convolutional }))
            .Should().Throw<ArgumentException>().WithMessage("*[3, 3, 3]*");
    }

    [Fact]
    public void A_copy_has_the_type_of_the_original()
    {
        using var training = Draw(torch.randn([27L, 2]), 60, network: 0);
        using var model = KernelVaeTraining.Train(training, new() { Steps = 2 });
        model.Vae.to(torch.float64);
        using var copy = model.Copy();
        copy.Vae.parameters().Should().OnlyContain(parameter => parameter.dtype == torch.float64);
        var kernels = training.Kernels.to(torch.float64);
        copy.Vae.Reconstruct(kernels).Values().Should().Equal(model.Vae.Reconstruct(kernels).Values());
    }

    [Fact]
    public void The_variance_has_a_soft_floor()
    {
        var likelihood = new SoftFloorGaussianLikelihood(-4, [2]);
        var raw = torch.tensor(new[] { 0.0, 0, -50, 3 }).reshape(1, 4).requires_grad_();
        var variance = likelihood.forward(raw).Variance;
        variance.Values().Should().SatisfyRespectively(
            low => low.Should().BeApproximately(Math.Exp(-4), 1e-12),
            high => high.Should().BeApproximately(Math.Exp(-4 + Math.Log(1 + Math.Exp(7))), 1e-9));
    }

    [Theory]
    [InlineData("kernel_shape", "3,3,100000", "*kernel_shape*1 to 15*")]
    [InlineData("kernel_shape", "3,2.5,3", "*kernel_shape*whole number from 1 to 15*")]
    [InlineData("kernel_shape", "3,3", "*architecture*[3, 3, 3]*[3, 3]*")]
    [InlineData("latent_size", "2.7", "*latent_size*whole number from 1 to 1024*")]
    [InlineData("architecture", "Huge", "*architecture*none that this library knows*")]
    [InlineData("scale", "0", "*scale*")]
    public void Damaged_metadata_is_refused(string key, string value, string message)
    {
        var path = Path.Combine(Path.GetTempPath(), $"kernels-{Guid.NewGuid():N}.safetensors");
        try
        {
            var metadata = SafeTensors.Kind(KernelVae.Kind, 1);
            metadata["kernel_shape"] = "3,3,3";
            metadata["latent_size"] = "2";
            metadata["architecture"] = "Convolutional";
            metadata["scale"] = "1";
            metadata["log_variance_floor"] = "-4";
            metadata[key] = value;
            SafeTensors.Write(path, new Dictionary<string, torch.Tensor>(), metadata);
            FluentActions.Invoking(() => KernelVae.Load(path)).Should().Throw<SafeTensorsException>().WithMessage(message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Options_out_of_range_and_kernels_that_do_not_vary_are_refused()
    {
        using var set = Draw(torch.zeros([27L, 2]), 10, network: 0);
        FluentActions.Invoking(() => KernelVaeTraining.Train(set, new() { LatentSize = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => KernelVaeTraining.Train(set, new() { WarmUp = 2 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => KernelVaeTraining.Train(set, cancellationToken: new(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        using var same = KernelHarvest.Of(
            [new(0, 0, new Dictionary<string, torch.Tensor> { ["a.weight"] = torch.ones([2L, 2, 3, 3, 3]) })],
            KernelGrouping.PerLayer(["a"])).Single();
        FluentActions.Invoking(() => KernelVaeTraining.Train(same)).Should().Throw<ArgumentException>().WithMessage("*do not vary*");
    }

    private static KernelSet Draw(torch.Tensor a, int count, int network)
    {
        var z = torch.randn([count, 2L]);
        var w = (z.mm(a.t()) + torch.randn([count, 27L]) * 0.5) * Scale;
        return KernelHarvest.Of(
            [new(network, 0, new Dictionary<string, torch.Tensor> { ["a.weight"] = w.reshape([count, 1L, 3, 3, 3]) })],
            KernelGrouping.PerLayer(["a"]), KernelThreshold.Absolute(0)).Single();
    }

    /// <summary>The mean log-density of kernels under the truth, and under independent normals of its marginal variances.</summary>
    private static (double Exact, double Factorised) Truth(torch.Tensor a, torch.Tensor kernels)
    {
        var matrix = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfRowMajor(27, 2, a.Values());
        var covariance =
            (matrix * matrix.Transpose() + MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseIdentity(27) * 0.25) * (Scale * Scale);
        var rows = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfRowMajor((int)kernels.shape[0], 27, kernels.Values());
        var inverse = covariance.Inverse();
        var constant = 27 * Math.Log(2 * Math.PI);
        var determinant = Math.Log(covariance.Determinant());
        var exact = rows.EnumerateRows().Average(w => -0.5 * (constant + determinant + w * inverse * w));
        var diagonal = covariance.Diagonal();
        var factorised = rows.EnumerateRows()
            .Average(w => -0.5 * (constant + diagonal.Sum(Math.Log) + w.PointwisePower(2).PointwiseDivide(diagonal).Sum()));
        return (exact, factorised);
    }
}
