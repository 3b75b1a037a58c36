using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors.Tests.Training;

namespace VaeToolkit.WeightPriors.Tests;

/// <summary>What results look like where they are printed.</summary>
public sealed class ResultTextTests(SmallSource small) : IClassFixture<SmallSource>, IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly CommaCulture _culture = CommaCulture.Begin();

    public void Dispose()
    {
        _scope.Dispose();
        _culture.Dispose();
    }

    [Fact]
    public void A_run_is_a_table_of_its_terms_at_the_start_half_way_and_at_the_end()
    {
        var steps = Enumerable.Range(0, 40).Select(i => new StepResult(i, 100 - i, 2, new Dictionary<string, double>
        {
            ["data"] = 100 - (2 * i),
            ["kl"] = 0.5,
        }));
        Lines(new SegmentationRun(StopReason.Completed, [.. steps])).Should().Equal(
            "Completed after 40 steps",
            "               first  half way  last",
            "loss            99.5      81.5  61.5",
            "data              99        63    23",
            "kl               0.5       0.5   0.5",
            "gradient norm      2         2     2");
        new SegmentationRun(StopReason.Cancelled, []).ToString().Should().Be("Cancelled after 0 steps");
        Lines(new SegmentationRun(StopReason.Cancelled, [new(0, 1, null, new Dictionary<string, double> { ["data"] = 1 })]))[1..]
            .Should().Equal("      first  half way  last", "loss      1         1     1", "data      1         1     1");
        var flat = Enumerable.Range(0, 40).Select(i => new StepResult(i, 1, null, new Dictionary<string, double> { ["data"] = 1 }));
        Lines(new SegmentationRun(StopReason.Completed, [.. flat]))[^1].Should().Contain("nothing is learned");
    }

    [Fact]
    public void Scores_are_a_line_each()
    {
        var grid = new VoxelGrid(new(4, 1, 1));
        var scores = SegmentationScores.Of(new(grid, [true, true, false, false]), new(grid, [true, true, true, false], name: "case 7"));
        Lines(scores)[..3].Should().Equal("case 7", "  Dice                         0.800", "  IoU                          0.667");
        OverlapCounts.Of(new(grid, [true, true, false, false]), new(grid, [true, true, true, false])).ToString()
            .Should().Be("TP 2, FP 0, FN 1, TN 1; Dice 0.800, IoU 0.667, precision 1.000, sensitivity 0.667");
        LesionCounts.Of(new(grid, [true, false, false, true]), new(grid, [true, false, false, false])).ToString()
            .Should().Be("1 of 1 lesions found, 1 of 2 predicted ones right; F1 0.667");
        SurfaceDistances.Between(new(grid, [true, false, false, false]), new(grid, [false, false, true, false])).ToString()
            .Should().Be("HD95 2.000 mm, Hausdorff 2.000 mm, ASSD 2.000 mm (1 and 1 surface voxels)");
        Lines(ConfusionMatrix.Of(new(grid, [0, 1, 1, 1]), new(grid, [0, 0, 1, 1]), 2)).Should().Equal(
            "true \\ predicted  0  1   Dice", "0                 1  1  0.667", "1                 0  2  0.800");
        Lines(Calibration.Of(new(grid, [0.25f, 0.25f, 0.75f, 0.75f]), new(grid, [false, false, true, false]), bins: 2)).Should().Equal(
            "ECE 0.2500, MCE 0.2500, Brier 0.1875, 0.5623 nats a voxel",
            "from      to  voxels  probability  frequency",
            "0.000  0.500       2        0.250      0.000",
            "0.500  1.000       2        0.750      0.500");
    }

    [Fact]
    public void Volumes_and_cases_say_what_and_where_they_are()
    {
        var image = new Volume<float>(new(new(4, 3, 2), Affine.Scaling(new(0.5, 0.5, 2))), new float[24], name: "a.nii");
        image.ToString().Should().Be("a.nii: 4 x 3 x 2 voxels of 0.5 x 0.5 x 2 mm at [0.5, 0, 0, 0; 0, 0.5, 0, 0; 0, 0, 2, 0] of Single");
        Lines(new VolumeCase("a", image) { Warning = "odd." }).Should().Equal("a", $"  image   {image}", "  warning odd.");
        new DataSetDescription("Set", ["T1"], new Dictionary<int, string> { [1] = "b", [0] = "a" }).ToString()
            .Should().Be($"Set{Environment.NewLine}  channels T1{Environment.NewLine}  labels   0 a, 1 b");
    }

    [Fact]
    public void What_was_learned_is_a_line_a_group_and_a_snapshot()
    {
        Lines(small.Priors).Should().HaveCount(1 + small.Priors.Groups.Count);
        Lines(small.Priors)[0].Should().MatchRegex("^group +kernels +kept, % +ELBO +KL +active +gain +±$");
        Lines(small.Source).Should().HaveCount(2 + small.Source.Snapshots.Count);
        Lines(small.Source).Count(line => line.Contains('*')).Should().Be(1);
        small.Source.Snapshots[0].ToString().Should().MatchRegex(
            @"^network 0, cycle 0, seed 0, out-of-bag Dice \d\.\d{3}, network-000-cycle-0");
        small.Priors.Grouping.ToString().Should().Contain("encoder-0: init, downs.0.0.c1.conv");
    }

    [Fact]
    public void A_prediction_is_a_line_a_volume()
    {
        using var network = new BayesianUNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        using var batch = small.Data.Take([0, 1]);
        using var prediction = Segmentation.Predict(network, batch.Items, new() { Samples = 3 });
        var lines = Lines(prediction);
        lines[0].Should().Be("2 volumes, 3 weight samples");
        lines[1].Should().MatchRegex("^volume +foreground +least +most +entropy +mutual information$");
        lines.Should().HaveCount(4);
    }

    [Fact]
    public void No_result_is_its_types_name()
    {
        using var target = new TargetTraining(small.Source.Options).Train(
            TargetMethod.RandomStart, small.Data, options: new() { Training = new() { Steps = 2 } });
        using var kernels = KernelHarvest.Of(small.Source)[0];
        var phantom = BrainPhantom.Create(1, VolumeSize.Cube(16), BrainLesion.Tumour);
        var zeros = phantom.Image.Select(_ => 0.25f);
        object[] results =
        [
            target, kernels, phantom, small.Data, small.Priors.Groups.Values.First(), UncertaintyMaps.Of([zeros, zeros]),
            ConnectedComponents.Of(phantom.Brain), new ZScore().Apply(phantom.Image), new VolumeFiles("a", ["a_0000.nii"], null),
            VolumeAlignment.ToTemplate(phantom.Image, phantom.Image, new() { StepsPerLevel = 1, Motion = AlignmentMotion.Rigid }),
            new ReliabilityBin(3, 0.5, 0.25),
        ];
        foreach (var result in results)
        {
            result.ToString().Should().NotContain(result.GetType().FullName!).And.NotContain("System.").And.NotContain("`");
            result.ToString().Should().NotMatchRegex(@"\d,\d(?!\d\d)", "numbers have points in every culture");
        }
        results[^1].ToString().Should().Be("3 voxels, mean probability 0.500, frequency 0.250");
    }

    private static string[] Lines(object result) => result.ToString()!.Split(Environment.NewLine);
}
