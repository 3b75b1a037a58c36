using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Networks;

/// <summary>What networks refuse, in one sentence, before anything is computed.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly UNet3dOptions s_shape = UNet3dOptions.Small with { Widths = [2, 4], InputChannels = 2 };
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<long[], string> Shapes => new()
    {
        { [1, 8, 6, 7, 2], "volumes have shape [1, 8, 6, 7, 2]; the network takes [N, 2, D, H, W]; the channels are last, so permute*" },
        { [2, 1, 8, 6, 7], "volumes have shape [2, 1, 8, 6, 7]; the network takes [N, 2, D, H, W] (Parameter 'input')" },
        { [2, 8, 6, 7], "volumes have shape [2, 8, 6, 7]; the network takes [N, 2, D, H, W]*" },
        { [0, 2, 8, 6, 7], "volumes have shape [0, 2, 8, 6, 7]; there must be at least one*" },
        { [1, 2, 2, 1, 2], "volumes have shape [1, 2, 2, 1, 2]; after 1 halvings one voxel is left*" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Other_shapes_than_the_networks(long[] shape, string message)
    {
        using var network = new UNet3d(s_shape);
        using var twin = new BayesianUNet3d(s_shape);
        foreach (var some in new SegmentationNetwork[] { network, twin })
            FluentActions.Invoking(() => some.forward(torch.zeros(shape))).Should().ThrowExactly<ArgumentException>().WithMessage(message);
        FluentActions.Invoking(() => Segmentation.Predict(network, torch.zeros(shape))).Should().ThrowExactly<ArgumentException>();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Volumes_of_another_type_than_the_weights(bool wide)
    {
        using var network = new UNet3d(s_shape);
        using var twin = new BayesianUNet3d(s_shape);
        var (data, weights) = wide ? ("float64", "float32") : ("float32", "float64");
        foreach (var some in new SegmentationNetwork[] { network, twin })
        {
            if (!wide)
                some.to(torch.float64);
            var volumes = torch.zeros([1L, 2, 8, 6, 7], dtype: wide ? torch.float64 : torch.float32);
            foreach (var action in new Action[] { () => some.forward(volumes), () => Segmentation.Predict(some, volumes) })
                action.Should().ThrowExactly<ArgumentException>().WithMessage(
                    $"input is {data}, the weights of {some.GetName()} are {weights}; convert the data, input.to(torch.{weights}), or the "
                    + $"model, model.to(torch.{data}) (Parameter 'input')");
        }
    }

    [Fact]
    public void Volumes_that_hold_NaN_or_infinity()
    {
        using var network = new UNet3d(s_shape);
        var volumes = torch.zeros([3L, 2, 8, 6, 7]);
        volumes[1, 0, 3, 2, 1] = float.NaN;
        FluentActions.Invoking(() => Segmentation.Predict(network, volumes)).Should().ThrowExactly<ArgumentException>()
            .WithMessage("volumes holds NaN or infinity in item 1, at [1, 0, 3, 2, 1]; mask or replace such values first*");
        var voxels = new float[1024];
        voxels[700] = float.NegativeInfinity;
        var image = new Volume<float>(new(VolumeSize.Cube(8)), voxels, channels: 2, name: "head.nii");
        FluentActions.Invoking(() => WindowedSegmentation.Predict(network, image, new() { Window = VolumeSize.Cube(8) }))
            .Should().ThrowExactly<ArgumentException>().WithMessage("head.nii: the voxel at index 700 is -Infinity; mask*");
    }

    [Fact]
    public void A_step_that_spoils_the_weights_and_is_the_last_one()
    {
        using var data = Balls.Draw(2, seed: 1, size: 8);
        using var network = new UNet3d(s_shape with { InputChannels = 1 });
        FluentActions.Invoking(() => SegmentationTraining.Run(
                network, new SegmentationObjective(), data, options: new() { Steps = 1, LearningRate = 1e300 }))
            .Should().Throw<NonFiniteLossException>().WithMessage("*init.weight*");
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = torch.randn([4L, 3, 3, 3, 3]) };
        using var kernels = KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"])).Single();
        FluentActions.Invoking(() => KernelVaeTraining.Train(kernels, new() { Steps = 1, LearningRate = 1e300 }))
            .Should().Throw<NonFiniteLossException>().WithMessage("*weight*");
    }

    [Fact]
    public void Objectives_say_their_settings_so_that_a_run_cannot_go_on_with_others()
    {
        new SegmentationObjective().Settings.Should().Equal(new Dictionary<string, string>
        {
            ["Loss"] = "sum(1 Dice(smoothing 1); 1 cross-entropy)",
        });
        using var network = new BayesianUNet3d(s_shape);
        var grouping = KernelGrouping.Custom(network.KernelLayers, _ => "all");
        var prior = new WeightPrior(grouping, new Dictionary<string, KernelPrior> { ["all"] = new GaussianKernelPrior(27, 0.5) });
        var settings = new DeepWeightPriorObjective(prior, network, new() { Volumes = 3, Beta = 0.25 }).Settings;
        settings.Should().Contain("Volumes", "3").And.Contain("Beta", "0.25").And.ContainKeys("WarmUp", "Loss", "Bound");
    }
}
