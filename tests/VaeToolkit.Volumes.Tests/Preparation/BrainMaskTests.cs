using System.Globalization;
using VaeToolkit.Volumes.Tests.Metrics;
using Xunit.Abstractions;

namespace VaeToolkit.Volumes.Tests.Preparation;

public sealed class BrainMaskTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(48, BrainLesion.MultipleSclerosis, BrainContrast.Flair)]
    [InlineData(48, BrainLesion.Tumour, BrainContrast.Flair)]
    [InlineData(48, BrainLesion.Tumour, BrainContrast.T1)]
    [InlineData(48, BrainLesion.MultipleSclerosis, BrainContrast.T1)]
    [InlineData(64, BrainLesion.None, BrainContrast.Flair)]
    [InlineData(64, BrainLesion.None, BrainContrast.T1)]
    public void The_brain_of_a_phantom_is_found(int edge, BrainLesion lesion, BrainContrast contrast)
    {
        var dice = Enumerable.Range(0, 4).Select(seed => BrainPhantom.Create(seed, VolumeSize.Cube(edge), lesion, contrast))
            .Select(phantom => OverlapCounts.Of(BrainMask.Estimate(phantom.Image), phantom.Brain).Dice).ToList();
        output.WriteLine(string.Join(' ', dice.Select(score => score.ToString("F3", CultureInfo.InvariantCulture))));
        dice.Should().OnlyContain(score => score >= 0.93);
    }

    [Theory]
    [InlineData(BrainContrast.Flair)]
    [InlineData(BrainContrast.T1)]
    public void What_is_added_to_an_image_and_its_unit_leave_the_mask_as_it_is(BrainContrast contrast)
    {
        var phantom = BrainPhantom.Create(0, VolumeSize.Cube(48), BrainLesion.None, contrast);
        var mask = BrainMask.Estimate(phantom.Image);
        OverlapCounts.Of(mask, phantom.Brain).Dice.Should().BeGreaterThan(0.94);
        foreach (var (factor, added) in new[] { (1, 100), (1, -500), (1, 1e-3), (3e-6, 0), (4e5, -1e5), (1000, 1e5) })
        {
            // The sum is rounded to float32, so a voxel at a threshold may change sides.
            var other = BrainMask.Estimate(phantom.Image.Select(value => (float)((value * factor) + added)));
            OverlapCounts.Of(other, mask).Dice.Should().BeGreaterThan(0.999, $"{factor} v + {added}");
        }
    }

    [Fact]
    public void Another_tools_mask_is_read_and_must_fit_the_image()
    {
        using var folder = new TemporaryFolder();
        var image = new Volume<float>(new(new(4, 3, 2)), new float[24], name: "head.nii");
        NiftiFile.Write(folder["mask.nii.gz"], Masks.Voxel(new(4, 3, 2), 1, 1, 1));
        BrainMask.FromFile(folder["mask.nii.gz"], image).Values.ToArray().Count(inside => inside).Should().Be(1);
        NiftiFile.Write(folder["mask.nii.gz"], Masks.Voxel(new(4, 3, 2), 1, 1, 1, new(1, 1, 2)));
        var read = () => BrainMask.FromFile(folder["mask.nii.gz"], image);
        read.Should().Throw<ArgumentException>().WithMessage("*mask.nii.gz: the mask has 4 x 3 x 2*head.nii*");
    }

    [Fact]
    public void An_image_without_structure_is_refused()
    {
        var estimate = () => BrainMask.Estimate(new Volume<float>(new(VolumeSize.Cube(8)), new float[512], name: "empty.nii"));
        estimate.Should().Throw<ArgumentException>().WithMessage("empty.nii has no structure*");
    }
}
