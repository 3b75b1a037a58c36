using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Networks;

/// <summary>Networks and kernel VAEs in float64: trained, evaluated, sampled, saved and loaded.</summary>
public sealed class DoublePrecisionTests : IDisposable
{
    private static readonly UNet3dOptions s_shape = UNet3dOptions.Small with { Widths = [2, 4] };
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"double-{Guid.NewGuid():N}.safetensors");
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);
    private readonly SegmentationData _data = Balls.Draw(4, seed: 1, size: 8);

    public void Dispose()
    {
        _data.Dispose();
        _seed.Dispose();
        _scope.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData(Normalisation.Instance)]
    [InlineData(Normalisation.Group)]
    public void A_network_trains_predicts_and_comes_back_from_its_file_in_float64(Normalisation normalisation)
    {
        var shape = s_shape with { Normalisation = normalisation };
        using var single = new UNet3d(shape);
        using var network = new UNet3d(shape);
        Copy(single, network);
        network.to(torch.float64);
        var options = new SegmentationTrainingOptions { Steps = 3, Augmentation = LabelSymmetry.Symmetric.FlipAndIntensity };
        var losses = Losses(SegmentationTraining.Run(network, new SegmentationObjective(), _data, options: options));
        var others = Losses(SegmentationTraining.Run(single, new SegmentationObjective(), _data, options: options));
        losses.Should().Equal(others, (a, b) => Math.Abs(a - b) < 1e-3);
        network.parameters().Should().OnlyContain(parameter => parameter.dtype == torch.float64);
        RequireRoundTrip(network, new UNet3d(shape));
        RequirePredictions(network);
        ForegroundDice.Of(network, _data, [0, 1], new(), default).Should().HaveCount(2);
    }

    [Fact]
    public void A_device_that_there_is_not_is_named()
    {
        using var network = new UNet3d(s_shape);
        using var bayesian = new BayesianUNet3d(s_shape);
        network.to("cpu").Should().BeSameAs(network);
        bayesian.to("cpu").Should().BeSameAs(bayesian);
        foreach (var move in new Action[] { () => network.to("gpu"), () => bayesian.to("gpu") })
            move.Should().Throw<ArgumentException>().WithMessage("the device 'gpu' is not known*cuda:0*");
    }

    [Fact]
    public void An_augmentation_that_moves_volumes_keeps_their_type()
    {
        using var network = new UNet3d(s_shape).to(torch.float64);
        var augmentation = new Augmentation(new() { RotationDegrees = 5 });
        var options = new SegmentationTrainingOptions { Steps = 1, Augmentation = augmentation.Apply };
        SegmentationTraining.Run(network, new SegmentationObjective(), _data, options: options)
            .Steps.Should().ContainSingle();
    }

    [Fact]
    public void A_Bayesian_network_trains_under_learned_and_Gaussian_priors_in_float64()
    {
        using var start = new UNet3d(s_shape).to(torch.float64);
        using var network = BayesianUNet3d.FromNetwork(start);
        using var kernels = Kernels();
        using var model = KernelVaeTraining.Train(kernels, new() { Steps = 3, Type = torch.float64 });
        var grouping = KernelGrouping.Custom(network.KernelLayers, _ => "all");
        foreach (var prior in new KernelPrior[] { new VaeKernelPrior(model), new GaussianKernelPrior(27, 0.1) })
        {
            var weights = new WeightPrior(grouping, new Dictionary<string, KernelPrior> { ["all"] = prior });
            weights.InitialiseMeans(network);
            var objective = new DeepWeightPriorObjective(weights, network, new() { Volumes = 4, WarmUp = null });
            objective.Divergences(network).Single().Kl.dtype.Should().Be(torch.float64);
            SegmentationTraining.Run(network, objective, _data, options: new() { Steps = 2 }).Reason.Should().Be(StopReason.Completed);
        }
        RequireRoundTrip(network, new BayesianUNet3d(s_shape));
        RequirePredictions(network);
    }

    [Theory]
    [InlineData(KernelArchitecture.Mlp)]
    [InlineData(KernelArchitecture.Convolutional)]
    public void A_kernel_VAE_trains_samples_and_comes_back_from_its_file_in_float64(KernelArchitecture architecture)
    {
        using var kernels = Kernels();
        var options = new KernelVaeOptions { Steps = 20, Architecture = architecture };
        using var model = KernelVaeTraining.Train(kernels, options with { Type = torch.float64 });
        using var single = KernelVaeTraining.Train(kernels, options);
        var report = KernelVaeEvaluation.Evaluate(model, kernels, kernels);
        var reference = KernelVaeEvaluation.Evaluate(single, kernels, kernels);
        // The same to what the two types draw: the Gaussian to rounding, the bound to its noise.
        report.GaussianLogLikelihood.Should().BeApproximately(reference.GaussianLogLikelihood, 1e-3);
        double.IsFinite(report.Elbo).Should().BeTrue();
        model.SampleMeans(3).dtype.Should().Be(torch.float64);
        model.Save(_path);
        using var loaded = KernelVae.Load(_path);
        using var copy = model.Copy();
        foreach (var other in new[] { loaded, copy })
            other.Vae.state_dict().Should().OnlyContain(
                pair => pair.Value.dtype == torch.float64 && pair.Value.equal(model.Vae.state_dict()[pair.Key]).all().ToBoolean());
        FluentActions.Invoking(() => KernelVaeTraining.Train(kernels, new() { Type = torch.float16 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("Type");
    }

    private void RequireRoundTrip(SegmentationNetwork network, SegmentationNetwork other)
    {
        network.SaveWeights(_path);
        using var loaded = other;
        loaded.to(torch.float64);
        loaded.LoadWeights(_path);
        foreach (var (key, tensor) in network.state_dict())
            tensor.equal(loaded.state_dict()[key]).all().ToBoolean().Should().BeTrue(key);
    }

    private void RequirePredictions(SegmentationNetwork network)
    {
        using var batch = _data.Take([0, 1, 2]);
        using var prediction = Segmentation.Predict(network, batch.Items.to(torch.float64), new() { Samples = 2 });
        torch.Tensor[] maps = [prediction.Probabilities, prediction.Entropy, prediction.StandardDeviation, prediction.MutualInformation];
        foreach (var map in maps)
            map.dtype.Should().Be(torch.float64);
        var image = batch.Items[0].ToVolume(new(VolumeSize.Cube(8)));
        var windowed = WindowedSegmentation.Predict(network, image, new() { Window = VolumeSize.Cube(8) }, samples: 2);
        windowed.Mean.Values.ToArray().Should().Equal(
            prediction.Probabilities[0].Values(), (window, whole) => Math.Abs(window - whole) < 1e-6);
    }

    private static void Copy(UNet3d from, UNet3d to)
    {
        using var noGradient = torch.no_grad();
        foreach (var (key, tensor) in to.state_dict())
            tensor.copy_(from.state_dict()[key]);
    }

    private static double[] Losses(SegmentationRun run) => [.. run.Steps.Select(step => step.Loss)];

    private static KernelSet Kernels()
    {
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = torch.randn([10L, 8, 3, 3, 3]) * 0.1 };
        return KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"])).Single();
    }
}
