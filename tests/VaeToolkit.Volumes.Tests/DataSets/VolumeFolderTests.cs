using System.Text;
using TorchSharp;

namespace VaeToolkit.Volumes.Tests.DataSets;

public sealed class VolumeFolderTests
{
    [Theory]
    [InlineData("imagesTr", "labelsTr")]
    [InlineData("images", "labels")]
    public void Images_and_labels_of_one_name_are_a_case_and_the_rest_is_named(string images, string labels)
    {
        using var folder = new TemporaryFolder();
        Write(folder, images, "b.nii.gz", 1);
        Write(folder, images, "a.nii", 2);
        Write(folder, images, "alone.nii", 3);
        WriteLabels(folder, labels, "a.nii.gz", 4);
        WriteLabels(folder, labels, "b.nii", 5);
        WriteLabels(folder, labels, "lost.nii", 6);
        File.WriteAllText(folder[$"{images}/._b.nii.gz"], "a note of another system");
        var set = VolumeFolder.Open(folder.Folder);
        set.Cases.Select(files => files.Name).Should().Equal("a", "b");
        set.Unpaired.Select(Path.GetFileName).Should().Equal("alone.nii", "lost.nii");
        var item = set.Load(1);
        (item.Name, item.Image[0, 0, 0], item.Labels![0, 0, 0]).Should().Be(("b", 1, 5));
    }

    [Fact]
    public void Numbered_images_are_channels_unless_labels_have_the_number_too()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "imagesTr", "case_0000.nii", 1);
        Write(folder, "imagesTr", "case_0001.nii", 2);
        WriteLabels(folder, "labelsTr", "case.nii", 3);
        Write(folder, "imagesTr", "scan_0007.nii", 4);
        WriteLabels(folder, "labelsTr", "scan_0007.nii", 5);
        var set = VolumeFolder.Open(folder.Folder);
        set.Cases.Select(files => files.Name).Should().Equal("case", "scan_0007");
        var item = set.Load(0);
        (item.Image.Channels, item.Image[0, 0, 0], item.Image[0, 0, 0, 1]).Should().Be((2, 1, 2));
        set.Load(1).Image.Channels.Should().Be(1);
    }

    [Theory]
    [InlineData("images/p01.nii.gz")]
    [InlineData("labels/p01.nii.gz")]
    public void Two_files_of_one_name_are_refused_with_both_paths(string second)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "images", "p01.nii", 1);
        WriteLabels(folder, "labels", "p01.nii", 1);
        WriteLabels(folder, Path.GetDirectoryName(second)!, Path.GetFileName(second), 1);
        var open = () => VolumeFolder.Open(folder.Folder);
        open.Should().Throw<InvalidDataException>().WithMessage($"*{folder[second[..^3]]} and {folder[second]}*'p01'*");
    }

    [Fact]
    public void Cases_are_read_when_asked_for_and_those_used_last_are_kept()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a", "b", "c" })
        {
            Write(folder, "images", $"{name}.nii", 1);
            WriteLabels(folder, "labels", $"{name}.nii", 0);
        }
        var set = VolumeFolder.Open(folder.Folder, cacheSize: 2);
        var (a, b) = (set.Load(0), set.Load(1));
        set.Load(0).Should().BeSameAs(a);
        set.Load(2);
        set.Load(0).Should().BeSameAs(a, "it was used after b");
        set.Load(1).Should().NotBeSameAs(b);
        VolumeFolder.Open(folder.Folder, cacheSize: 0).Load(0).Should().NotBeSameAs(a);
        var beyond = () => set.Load(3);
        beyond.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Preparation_is_undone_by_restoring()
    {
        var phantom = BrainPhantom.Create(6, new(30, 24, 20), BrainLesion.Tumour, options: new() { SkullStripped = true });
        // As a scanner may have it: axes to the left and back, and thick slices.
        var turned = new VoxelGrid(new(30, 24, 20), phantom.Image.Grid.Affine * Affine.FromRows(-1, 0, 0, 29, 0, -1, 0, 23, 0, 0, 1, 0));
        var item = new VolumeCase(
            "head", Resampling.Nearest(phantom.Image, turned), Resampling.Nearest(phantom.Brain.Select(inside => inside ? 1 : 0), turned));
        var preprocessing =
            new Preprocessing { Spacing = new(7, 7, 7), CropMargin = 1, Size = VolumeSize.Cube(32), Scaling = new PercentileRange() };
        var prepared = preprocessing.Apply(item);
        Orientation.Code(prepared.Image.Grid.Affine).Should().Be("RAS");
        (prepared.Image.Size, prepared.Image.Grid.Spacing.X,
            prepared.OriginalGrid).Should().Match<(VolumeSize Size, double X, VoxelGrid Grid)>(
                found => found.Size == VolumeSize.Cube(32) && Math.Abs(found.X - 7) < 1e-9 && found.Grid == item.Image.Grid);
        (prepared.Image.Values.ToArray().Max(), prepared.Image.Values.ToArray().Min()).Should().Be((1, 0));
        var restored = prepared.Restore(prepared.Labels!);
        OverlapCounts.Of(restored.Select(label => label > 0), item.Labels!.Select(label => label > 0)).Dice.Should().BeGreaterThan(0.95);
        prepared.Restore(prepared.Image).Grid.Should().BeSameAs(item.Image.Grid);
    }

    [Fact]
    public void Restoring_is_exact_where_voxels_coincide()
    {
        var phantom = BrainPhantom.Create(6, new(30, 24, 20), BrainLesion.Tumour, options: new() { SkullStripped = true });
        var item = new VolumeCase("head", phantom.Image, phantom.Lesion.Select(inside => inside ? 1 : 0));
        var prepared = new Preprocessing { CropMargin = 0, Size = VolumeSize.Cube(32), Scaling = null }.Apply(item);
        prepared.Restore(prepared.Labels!).Values.SequenceEqual(item.Labels!.Values).Should().BeTrue();
        prepared.Restore(prepared.Image).Values.ToArray()
            .Should().Equal(item.Image.Values.ToArray(), (a, b) => Math.Abs(a - b) <= 1e-4 * Math.Abs(b));
    }

    [Fact]
    public void Steps_of_ones_own_may_strip_the_skull_and_align_and_are_undone_too()
    {
        using var folder = new TemporaryFolder();
        var template = BrainPhantom.Create(3, VolumeSize.Cube(32), BrainLesion.Tumour);
        // The same head in a scanner that stands 20 mm to the side and is turned by 9°.
        var away = MotionParameters.ToAffine([20, -4, 6, 0, 0.05, 0.15, 0, 0, 0, 0, 0, 0], default);
        var grid = new VoxelGrid(template.Image.Size, away * template.Image.Grid.Affine);
        Directory.CreateDirectory(folder["images"]);
        Directory.CreateDirectory(folder["labels"]);
        NiftiFile.Write(folder["images/head.nii"], new Volume<float>(grid, template.Image.Values.ToArray()));
        NiftiFile.Write(
            folder["labels/head.nii"], new Volume<int>(grid, [.. template.Lesion.Values.ToArray().Select(inside => inside ? 1 : 0)]));
        var set = VolumeFolder.OpenWith(folder.Folder, item =>
        {
            item = item.Within(item.Image.With(template.Brain.Values.ToArray()));
            return VolumeAlignment.ToTemplate(
                item.Image, template.Image, new() { Motion = AlignmentMotion.Rigid, StepsPerLevel = 40 }).Apply(item);
        });
        var aligned = set.Load(0);
        OverlapCounts.Of(new Volume<bool>(template.Lesion.Grid, [.. aligned.Labels!.Values.ToArray().Select(label => label > 0)]),
            template.Lesion).Dice.Should().BeGreaterThan(0.85);
        var restored = aligned.Restore(aligned.Labels!);
        restored.Grid.Matches(grid).Should().BeTrue();
        OverlapCounts.Of(restored.Select(label => label > 0), new Volume<bool>(restored.Grid, template.Lesion.Values.ToArray())).Dice
            .Should().BeGreaterThan(0.8);
    }

    [Fact]
    public void What_is_odd_about_a_volume_stays_with_its_case()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "images", "dull.nii", 3);
        WriteLabels(folder, "labels", "dull.nii", 1);
        VolumeFolder.Open(folder.Folder).Load(0).Warning.Should().BeNull();
        var item = VolumeFolder.Open(folder.Folder, new Preprocessing()).Load(0);
        item.Warning.Should().Match("*dull.nii: channel 0 has fewer than two values*");
        new Augmentation().Apply(item, 1).Warning.Should().Be(item.Warning);
    }

    [Fact]
    public void A_mask_keeps_what_is_inside_in_every_channel()
    {
        var grid = new VoxelGrid(new(3, 1, 1));
        var item = new VolumeCase("a", new(grid, [1, 2, 3, 4, 5, 6], channels: 2), new(grid, [7, 8, 9]));
        var inside = item.Within(new(grid, [true, false, true]));
        inside.Image.Values.ToArray().Should().Equal(1, 0, 3, 4, 0, 6);
        inside.Labels!.Values.ToArray().Should().Equal(7, 8, 9);
        var elsewhere = () => item.Within(
            new(new(new(3, 1, 1), Affine.Scaling(new(1, 1, 2)) * Affine.Translation(new(1, 0, 0))), new bool[3], name: "mask.nii"));
        elsewhere.Should().Throw<ArgumentException>().WithMessage("a:*mask mask.nii*");
    }

    [Theory]
    [InlineData("""{ "name": "Hippocampus", "modality": { "0": "MRI" }, "labels": { "0": "background", "1": "Anterior" } }""")]
    [InlineData(
        """{ "name": "Hippocampus", "channel_names": { "0": "MRI" }, "labels": { "background": 0, "Anterior": 1, "whole": [1, 2] } }""")]
    [InlineData("""{ "name": "Hippocampus", "modality": { "0.0": "MRI" }, "labels": { "0.0": "background", "1.0": "Anterior" } }""")]
    [InlineData("""{ "name": "Hippocampus", "modality": { "0": "MRI" }, "labels": { "background": "0", "Anterior": "1" } }""")]
    [InlineData("""{ "name": "Hippocampus", "modality": { "0": "MRI" }, "labels": { "background": 0.0, "Anterior": 1.0 } }""")]
    public void The_description_of_the_Decathlon_and_of_nnU_Net_is_read(string json)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "imagesTr", "a.nii", 2);
        WriteLabels(folder, "labelsTr", "a.nii.gz", 1);
        VolumeFolder.Open(folder.Folder).Description.Should().BeNull();
        File.WriteAllText(folder["dataset.json"], json);
        var description = VolumeFolder.Open(folder.Folder).Description!;
        description.Name.Should().Be("Hippocampus");
        description.Channels.Should().Equal("MRI");
        description.Labels.Should().BeEquivalentTo(new Dictionary<int, string> { [0] = "background", [1] = "Anterior" });
    }

    [Fact]
    public void A_description_may_begin_with_a_byte_order_mark()
    {
        using var folder = new TemporaryFolder();
        Encoding[] encodings = [new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true)];
        foreach (var encoding in encodings)
        {
            File.WriteAllText(folder["dataset.json"], """{ "name": "Gehör", "labels": { "0": "background" } }""", encoding);
            DataSetDescription.Read(folder["dataset.json"]).Name.Should().Be("Gehör");
        }
        File.WriteAllBytes(folder["dataset.json"], [.. "{ \"name\": \""u8, 0xFF, .. "\" }"u8]);
        var read = () => DataSetDescription.Read(folder["dataset.json"]);
        read.Should().Throw<InvalidDataException>().WithMessage("*dataset.json*");
    }

    [Theory]
    [InlineData("{ \"labels\":\n { ", "*dataset.json: line 2*")]
    [InlineData("[1]", "*dataset.json: names of channels and labels*")]
    [InlineData("""{ "labels": { "one": "tumour" } }""", "*dataset.json: names of channels and labels*")]
    [InlineData("""{ "labels": { "tumour": 1.5 } }""", "*dataset.json: names of channels and labels*'1.5' is no whole number*")]
    [InlineData("""{ "labels": { "1": "a", "1.0": "b" } }""", "*dataset.json: names of channels and labels*")]
    [InlineData("""{ "labels": { "1": "a", "b": 1 } }""", "*dataset.json: names of channels and labels*")]
    [InlineData("""{ "labels": { "99999999999": "tumour" } }""", "*dataset.json: names of channels and labels*")]
    [InlineData("""{ "modality": { "99999999999": "MRI", "0": "CT" } }""", "*dataset.json: names of channels and labels*")]
    [InlineData("""{ "modality": { "0": 3 } }""", "*dataset.json: names of channels and labels*")]
    public void A_damaged_description_is_refused_by_name(string json, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["dataset.json"], json);
        var read = () => DataSetDescription.Read(folder["dataset.json"]);
        read.Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Fact]
    public void What_does_not_belong_together_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var open = () => VolumeFolder.Open(folder.Folder);
        open.Should().Throw<DirectoryNotFoundException>().WithMessage("*imagesTr and labelsTr nor images and labels*");
        Directory.CreateDirectory(folder["labels"]);
        Write(folder, "images", "a.nii", 1);
        open.Should().Throw<FileNotFoundException>().WithMessage("*no image in images has a label file*");
        NiftiFile.Write(folder["labels/a.nii"], new Volume<int>(new(new(2, 2, 3)), new int[12]));
        var load = () => open().Load(0);
        load.Should().Throw<ArgumentException>().WithMessage("a:*a.nii has 2 x 2 x 2*a.nii has 2 x 2 x 3*");
        NiftiFile.Write(folder["labels/a.nii"], new Volume<float>(new(new(2, 2, 2)), [0, 0.5f, 0, 0, 0, 0, 0, 0]));
        load.Should().Throw<NiftiException>().WithMessage("*a.nii: a voxel is 0.5*");
    }

    [Fact]
    public void Cases_are_stacked_to_batches()
    {
        using var scope = torch.NewDisposeScope();
        var grid = new VoxelGrid(new(4, 3, 2));
        var item = new VolumeCase("a", new(grid, new float[24]), new(grid, [.. Enumerable.Range(0, 24)]));
        var (images, labels) = VolumeCase.Stack([item, item]);
        images.shape.Should().Equal(2, 1, 2, 3, 4);
        labels.shape.Should().Equal(2, 2, 3, 4);
        labels[1, 1, 2, 3].item<long>().Should().Be(23);
        var bare = () => VolumeCase.Stack([new VolumeCase("bare", item.Image)]);
        bare.Should().Throw<ArgumentException>().WithMessage("bare has no labels*");
        var mixed = () => VolumeCase.Stack([item, new VolumeCase("small", new(new(new(1, 1, 1)), [0]), new(new(new(1, 1, 1)), [0]))]);
        mixed.Should().Throw<ArgumentException>().WithMessage("*small has 1 x 1 x 1*a 4 x 3 x 2*");
    }

    [RealDataFact("hippocampus/images")]
    public void The_hippocampus_folder_has_its_260_pairs()
    {
        var set = VolumeFolder.Open(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "hippocampus"), new());
        set.Count.Should().Be(260);
        set.Unpaired.Select(Path.GetFileName).Should().Equal("hippocampus_118.nii.gz", "hippocampus_010.nii.gz", "hippocampus_281.nii.gz");
        var item = set.Load(0);
        (item.Name, item.Image.Size, item.Labels!.Values.ToArray().Max()).Should().Be(("hippocampus_001", new VolumeSize(35, 51, 35), 2));
    }

    private static void Write(TemporaryFolder folder, string place, string name, float value) =>
        NiftiFile.Write(
            Path.Combine(folder.Folder, place, name), new Volume<float>(new(VolumeSize.Cube(2)), [.. Enumerable.Repeat(value, 8)]));

    private static void WriteLabels(TemporaryFolder folder, string place, string name, int value) =>
        NiftiFile.Write(
            Path.Combine(folder.Folder, place, name), new Volume<int>(new(VolumeSize.Cube(2)), [.. Enumerable.Repeat(value, 8)]));
}
