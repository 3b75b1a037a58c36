using TorchSharp;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

public sealed class FolderSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public FolderSourceTests()
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var phantom = BrainPhantom.Create(seed, VolumeSize.Cube(16), BrainLesion.Tumour);
            NiftiFile.Write(_folder[$"images/head-{seed}.nii.gz"], phantom.Image);
            NiftiFile.Write(_folder[$"labels/head-{seed}.nii.gz"], phantom.Lesion.Select(inside => inside ? 1 : 0));
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Training_from_files_is_training_from_memory()
    {
        var files = VolumeFolder.Open(_folder.Folder, new Preprocessing(), cacheSize: 1);
        var lazy = new FolderSource(files);
        using var memory = SegmentationData.Of([.. Enumerable.Range(0, 3).Select(files.Load)]);
        (lazy.Count, lazy.NameOf(2), memory.NameOf(2)).Should().Be((3, "head-3", "head-3"));
        using var batch = lazy.Take([2, 0]);
        batch.Items.shape.Should().Equal(2, 1, 16, 16, 16);
        batch.Labels!.sum().item<long>().Should().BePositive();
        Losses(lazy).Should().Equal(Losses(memory));
    }

    [Fact]
    public void Cases_without_labels_or_of_another_size_are_refused_by_name()
    {
        var small = BrainPhantom.Create(4, new VolumeSize(16, 16, 18), BrainLesion.None);
        NiftiFile.Write(_folder["images/other.nii.gz"], small.Image);
        NiftiFile.Write(_folder["labels/other.nii.gz"], small.Tissue);
        var source = new FolderSource(VolumeFolder.Open(_folder.Folder));
        source.Invoking(s => s.Take([0, 3])).Should().Throw<ArgumentException>().WithMessage("*other*");
        FluentActions.Invoking(() => SegmentationData.Of([new VolumeCase("bare", small.Image)]))
            .Should().Throw<ArgumentException>().WithMessage("*bare*labels*");
    }

    private static IEnumerable<double> Losses(SegmentationSource source)
    {
        torch.manual_seed(5);
        using var network = new UNet3d(new UNet3dOptions { Widths = [4, 8], BlocksPerLevel = 1, BottleneckBlocks = 1 });
        return SegmentationTraining.Run(network, new SegmentationObjective(), source, options: new() { Steps = 3, Seed = 9 }).Steps
            .Select(step => step.Loss);
    }
}
