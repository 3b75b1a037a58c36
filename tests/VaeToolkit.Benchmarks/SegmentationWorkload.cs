using System.Diagnostics;
using MathNet.Numerics.Statistics;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// A training step of a plain U-Net beside one of its Bayesian twin under a deep weight prior: widths 8, 16, 32, volumes of 32³, batch 2.
/// The two take turns, so that what else the machine does meets both.
/// </summary>
internal static class SegmentationWorkload
{
    private const int StepsATurn = 5;

    public static void Run(SampleArguments arguments)
    {
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var data = SegmentationData.Of([.. Enumerable.Range(1, 4).Select(Phantom)]);
        using var plain = new UNet3d(UNet3dOptions.Small);
        using var twin = BayesianUNet3d.FromNetwork(plain);
        var grouping = KernelGrouping.Consecutive(plain.KernelLayers);
        var priors = KernelHarvest.Of([new SourceWeights(0, 0, plain.state_dict())], grouping).ToDictionary(set => set.Group, Prior);
        var variational = new DeepWeightPriorObjective(new(grouping, priors), twin, new() { Volumes = data.Count, WarmUp = null });
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < arguments.Number("--turns", 8); turn++)
        {
            theirs.Add(
                Seconds(() => SegmentationTraining.Run(plain, new SegmentationObjective(), data, options: new() { Steps = StepsATurn })));
            ours.Add(Seconds(() => SegmentationTraining.Run(twin, variational, data, options: new() { Steps = StepsATurn })));
        }
        SampleResult.Print("plain_step", theirs.Median(), "s", "F4");
        SampleResult.Print("dwp_step", ours.Median(), "s", "F4");
        SampleResult.Print("dwp_step_ratio", ours.Zip(theirs, (our, their) => our / their).Median(), "x a plain step");
    }

    private static VolumeCase Phantom(int seed)
    {
        var phantom = BrainPhantom.Create(seed, VolumeSize.Cube(32), BrainLesion.Tumour);
        return new(phantom.Image.Name, phantom.Image, phantom.Lesion.Select(inside => inside ? 1 : 0));
    }

    // What the prior has learned does not change what a step costs.
    private static KernelPrior Prior(KernelSet kernels)
    {
        using (kernels)
            return new VaeKernelPrior(KernelVaeTraining.Train(kernels, new() { Steps = 20 }));
    }

    private static double Seconds(Action steps)
    {
        var clock = Stopwatch.StartNew();
        steps();
        return clock.Elapsed.TotalSeconds / StepsATurn;
    }
}
