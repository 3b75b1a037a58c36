using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

public sealed class TrainedWithTests : IDisposable
{
    private static readonly string s_version = typeof(Vae).Assembly.GetName().Version!.ToString(3);
    private static readonly UNet3dOptions s_shape = UNet3dOptions.Small with { Widths = [2, 4] };
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"trained-{Guid.NewGuid():N}");
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SegmentationData _data = Volumes();

    public void Dispose()
    {
        _data.Dispose();
        _scope.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_network_says_the_loss_and_the_volumes_that_it_was_trained_on()
    {
        using var network = new UNet3d(s_shape);
        SegmentationTraining.Run(network, new SegmentationObjective(), _data, [0, 2, 2], new() { Steps = 1 });
        network.Save(At("network"));
        using var loaded = UNet3d.Load(At("network"));
        loaded.Save(At("again"));
        using var again = UNet3d.Load(At("again"));
        foreach (var record in new[] { loaded, again }.Select(model => TrainingRecord.Of(model)!))
        {
            Require(record, nameof(SegmentationObjective), volumes: 2, least: -3, most: 5);
            record.Settings.Should().ContainSingle().Which.Should().Be(
                KeyValuePair.Create("Loss", SegmentationLoss.DiceBce().ToString()!));
        }
    }

    [Fact]
    public void So_does_a_Bayesian_one_with_its_prior()
    {
        using var network = new BayesianUNet3d(s_shape);
        var grouping = KernelGrouping.Consecutive(network.KernelLayers);
        var prior = new WeightPrior(grouping, grouping.Groups.ToDictionary(
            group => group, KernelPrior (_) => new GaussianKernelPrior(27, 0.1)));
        var objective = new DeepWeightPriorObjective(prior, network, new() { Volumes = 3, WarmUp = null });
        SegmentationTraining.Run(network, objective, _data, options: new() { Steps = 1 });
        network.Save(At("network"));
        using var loaded = BayesianUNet3d.Load(At("network"));
        var record = TrainingRecord.Of(loaded)!;
        Require(record, nameof(DeepWeightPriorObjective), volumes: 3, least: -3, most: 7);
        record.Settings.Should().BeEquivalentTo(objective.Settings).And.NotBeEmpty();
    }

    [Fact]
    public void Every_snapshot_of_a_source_says_it_of_its_own_sample()
    {
        var set = SourceTraining.Run(s_shape, _data, new() { Networks = 2, Training = new() { Steps = 2, Cycles = 2 } }, At("source"));
        set.Snapshots.Should().HaveCount(4);
        foreach (var snapshot in SnapshotSet.Open(At("source")).Snapshots)
        {
            using var network = set.Load(snapshot);
            var sample = SourceTraining.Bootstrap(3, snapshot.Network).Distinct().ToList();
            Require(TrainingRecord.Of(network)!, nameof(SegmentationObjective), sample.Count,
                sample.Contains(0) ? -3 : sample.Contains(1) ? -2 : -1, sample.Contains(1) ? 7 : sample.Contains(0) ? 3 : 5);
        }
    }

    [Fact]
    public void A_warm_up_of_seven_per_cent_of_a_hundred_steps_has_seven()
    {
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = torch.arange(8 * 4, torch.float32).reshape(4, 2, 2, 2) };
        using var set = KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"])).Single();
        using var trained = KernelVaeTraining.Train(set, new() { LatentSize = 2, Steps = 100, WarmUp = 0.07 });
        TrainingRecord.Of(trained.Vae)!.Settings.Should().Contain("WarmUp", BetaWarmUp.OverSteps(7).ToString());
        new TargetOptions { WarmUp = 0.07, Training = new() { Steps = 100 } }.Variational(volumes: 3).WarmUp
            .Should().Be(BetaWarmUp.OverSteps(7));
    }

    [Fact]
    public void A_kernel_VAE_says_it_of_standardised_kernels_in_its_file_and_its_folder()
    {
        // −0.5 and 0.5 by turns, of mean 0: a standard deviation of 0.5, and so −1 and 1.
        var kernels = (torch.arange(8 * 4, torch.float32).remainder(2) - 0.5).reshape(4, 2, 2, 2);
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = kernels };
        using var set = KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"])).Single();
        using var trained = KernelVaeTraining.Train(set, new() { LatentSize = 2, Steps = 10, WarmUp = 0.5 });
        Directory.CreateDirectory(_folder);
        trained.Save(At("kernels.safetensors"));
        using var loaded = KernelVae.Load(At("kernels.safetensors"));
        using var copy = loaded.Copy();
        copy.Save(At("again.safetensors"));
        using var again = KernelVae.Load(At("again.safetensors"));
        again.Vae.Save(At("folder"));
        using var vae = Vae.Load(At("folder"));
        foreach (var model in new[] { trained.Vae, loaded.Vae, copy.Vae, again.Vae, vae })
        {
            var record = TrainingRecord.Of(model)!;
            (record.Objective, record.Items, record.LibraryVersion).Should().Be(("Elbo", 8L, s_version));
            record.ItemShape.Should().Equal(4);
            record.Least.Should().BeApproximately(-1, 1e-6);
            record.Most.Should().BeApproximately(1, 1e-6);
            record.Settings.Should().Contain("WarmUp", BetaWarmUp.OverSteps(5).ToString());
        }
    }

    // Of −3 to 3, −2 to 7 and −1 to 5.
    private static SegmentationData Volumes()
    {
        var (items, labels) = (torch.zeros([3L, 1, 4, 4, 4]), torch.zeros([3L, 4, 4, 4], torch.int64));
        foreach (var (volume, (least, most)) in new[] { (-3, 3), (-2, 7), (-1, 5) }.Index())
        {
            items[volume, 0, 0, 0, 0] = least;
            items[volume, 0, 3, 3, 3] = most;
            labels[volume, 3, 3, 3] = 1;
        }
        return new(items, labels);
    }

    private static void Require(TrainingRecord record, string objective, long volumes, double least, double most)
    {
        (record.Objective, record.Items, record.Least, record.Most, record.LibraryVersion)
            .Should().Be((objective, volumes, (double?)least, (double?)most, s_version));
        record.ItemShape.Should().Equal(1, 4, 4, 4);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
