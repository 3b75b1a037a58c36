using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Training;

/// <summary>Steps of preparation that take labels away say so.</summary>
public sealed class LabelLossTests
{
    [Fact]
    public void A_size_that_cuts_all_labels_away_is_warned_of()
    {
        new Preprocessing { Size = VolumeSize.Cube(16), Scaling = null }.Apply(Case(0)).Warning
            .Should().Be("labels.nii: cutting to 16 x 16 x 16 took away 216 of 216 label voxels, all of label 3.");
        new Preprocessing { Size = VolumeSize.Cube(32), Scaling = null }.Apply(Case(0)).Warning.Should().BeNull();
    }

    [Fact]
    public void A_size_that_cuts_some_labels_away_says_how_many()
    {
        // 6³ voxels from 7 on, of which the cut at 8 takes the first layer along each axis: 216 − 125.
        new Preprocessing { Size = VolumeSize.Cube(16) }.Apply(Case(7)).Warning
            .Should().Contain("took away 91 of 216 label voxels.");
    }

    [Fact]
    public void Cropping_to_the_image_may_take_labels_too()
    {
        var item = Case(0, imageFrom: 3);
        new Preprocessing { CropMargin = 0, Scaling = null }.Apply(item).Warning
            .Should().Be("labels.nii: cropping to the image's box of 29 x 29 x 29 took away 189 of 216 label voxels.");
        item.Within(item.Image.Select(value => value > 0).Named("mask.nii")).Warning
            .Should().Be("labels.nii: 189 of 216 label voxels lie outside the mask mask.nii.");
    }

    [Fact]
    public void A_label_too_small_for_the_spacing_is_named()
    {
        var labels = Case(8).Labels!.Values.ToArray();
        labels[5] = 2;
        var item = new VolumeCase("a", Case(8).Image, new(Case(8).Image.Grid, labels, name: "labels.nii"));
        new Preprocessing { Spacing = new(4, 4, 4), Scaling = null }.Apply(item).Warning
            .Should().Be("labels.nii: resampling to 4 x 4 x 4 mm left no voxel of label 2.");
    }

    [Fact]
    public void Alignment_with_a_template_that_ends_before_the_labels_is_warned_of()
    {
        var item = Case(24);
        var template = Cropping.Extract(item.Image, new(0, 0, 0, new(24, 32, 32)));
        var motion = VolumeAlignment.ToTemplate(template, template, new() { Motion = AlignmentMotion.Rigid, StepsPerLevel = 1 });
        motion.Apply(item).Warning.Should().Contain("alignment took away");
    }

    [Fact]
    public void Who_trains_on_a_folder_or_on_cases_can_read_the_warnings()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["images"]);
        Directory.CreateDirectory(folder["labels"]);
        NiftiFile.Write(folder["images/a.nii"], Case(0).Image);
        NiftiFile.Write(folder["labels/a.nii"], Case(0).Labels!);
        var files = VolumeFolder.Open(folder.Folder, new Preprocessing { Size = VolumeSize.Cube(16) });
        var source = new FolderSource(files);
        source.Warnings.Should().BeEmpty("nothing was read yet");
        source.Take([0]).Dispose();
        source.Warnings.Should().ContainSingle().Which.Should().Contain("216 of 216");
        using var data = SegmentationData.Of([files.Load(0)]);
        data.Warnings.Should().Equal(source.Warnings);
        data.ToString().Should().Contain("1 volumes on cpu").And.Contain("216 of 216");
    }

    /// <summary>32³ voxels of 1 mm: a cube of 6³ with label 3 from a corner on, in an image that is a ramp from another.</summary>
    private static VolumeCase Case(int from, int imageFrom = 0)
    {
        var grid = new VoxelGrid(VolumeSize.Cube(32));
        var (values, labels) = (new float[32 * 32 * 32], new int[32 * 32 * 32]);
        for (var i = 0; i < labels.Length; i++)
        {
            int[] place = [i % 32, i / 32 % 32, i / 1024];
            values[i] = place.Min() >= imageFrom ? 1 + place.Sum() : 0;
            labels[i] = place.All(at => at >= from && at < from + 6) ? 3 : 0;
        }
        return new("a", new(grid, values, name: "image.nii"), new(grid, labels, name: "labels.nii"));
    }
}
