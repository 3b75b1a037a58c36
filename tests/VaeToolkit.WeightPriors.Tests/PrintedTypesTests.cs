using System.Reflection;
using System.Runtime.CompilerServices;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors.Tests;

/// <summary>What people print says more than the name of its type.</summary>
public sealed class PrintedTypesTests
{
    [Fact]
    public void Every_public_type_but_options_prints_itself()
    {
        var silent = new[] { typeof(Volume<>), typeof(UNet3d) }.SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => type is { IsAbstract: false, IsEnum: false })
            .Where(type => !typeof(Delegate).IsAssignableFrom(type) && !typeof(Exception).IsAssignableFrom(type))
            .Where(type => !type.Name.EndsWith("Options", StringComparison.Ordinal) && IsSilent(type)).Select(type => type.Name);
        silent.Should().BeEmpty();
    }

    [Fact]
    public void Settings_are_printed_in_words()
    {
        new ZScore { Limit = 2.5 }.ToString().Should().Be("z-scores, cut at ± 2.5");
        new PercentileRange(0.5, 99).ToString().Should().Be("percentiles 0.5 to 99 to 0 and 1");
        new VoxelBox(1, -2, 3, VolumeSize.Cube(4)).ToString().Should().Be("4 x 4 x 4 voxels from (1, -2, 3)");
        new Preprocessing { CropMargin = 2, Size = VolumeSize.Cube(8) }.ToString()
            .Should().Be("to RAS, cropped with a margin of 2, cut to 8 x 8 x 8, z-scores, cut at ± 5");
        new Preprocessing { ToRas = false, Scaling = null }.ToString().Should().Be("as it is");
        KernelThreshold.RelativeToMedian().ToString().Should().Be("norm above 0.05 of the group's median");
        new KernelOrigin(1, 2, "init", 3, 4).ToString().Should().Be("network 1, cycle 2, layer 'init', output 3, input 4");
        new GaussianKernelPrior(27, 0.125).ToString().Should().Be("N(0, 0.125²) of kernels of 27 values");
        new SegmentationObjective(SegmentationLoss.Focal()).ToString().Should().Be("SegmentationObjective: focal(gamma 2)");
        new CyclicalLearningRate(20, 2, 0.004).ToString().Should().Be("20 steps in 2 cycles, rate 0.004");
        new Augmentation(new() { RotationDegrees = 7 }).ToString().Should().StartWith("Augmentation: ").And.Contain("RotationDegrees 7, ");
    }

    // A record's own text depends on the culture and prints lists by their type's name.
    private static bool IsSilent(Type type)
    {
        var method = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;
        return method.DeclaringType == typeof(object) || method.DeclaringType == typeof(ValueType)
            || method.GetCustomAttribute<CompilerGeneratedAttribute>() is not null;
    }
}
