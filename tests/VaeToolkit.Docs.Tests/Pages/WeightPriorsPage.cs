using TorchSharp;
using VaeToolkit;
using VaeToolkit.WeightPriors;

namespace Documentation.Pages;

internal static class WeightPriorsPage
{
    public static void Network(torch.Tensor volumes)
    {
        #region
        using var net = new UNet3d(UNet3dOptions.Small with { ForegroundRate = 0.03 });     // widths 8, 16, 32
        var logits = net.forward(volumes);                                                  // [N, C, D, H, W] → [N, 1, D, H, W]
        #endregion
    }

    public static void Bayesian(UNet3d source, torch.Tensor volumes)
    {
        #region
        using var net = BayesianUNet3d.FromNetwork(source);                                 // means = the source's weights, λ = −9
        using var prediction = Segmentation.Predict(net, volumes, new() { Samples = 10 });   // mean probability over 10 weight draws
        using var labels = prediction.Labels();             // p̄ > ½
        var doubt = prediction.MutualInformation;           // H(p̄) − mean H(p_t), nats
        var sizes = prediction.ForegroundVoxels;            // by sample and volume: the spread of the lesion's size
        #endregion
    }

    public static void Training(torch.Tensor volumes, torch.Tensor labels, string[] names)
    {
        #region
        using var data = new SegmentationData(volumes, labels, names);          // [N, C, D, H, W], [N, D, H, W]
        using var net = new UNet3d(UNet3dOptions.Small with { ForegroundRate = data.ForegroundRate });
        var run = SegmentationTraining.Run(net, new SegmentationObjective(), data, options: new() { Steps = 200, Seed = 1 });
        #endregion
    }

    public static void Source(SegmentationData data)
    {
        #region
        var source = SourceTraining.Run(UNet3dOptions.Small, data, new() { Networks = 6 }, folder: "runs/source");
        using var best = source.Load(source.Best);                               // best out-of-bag score among the last snapshots
        #endregion
    }

    public static void Kernels(SnapshotSet source)
    {
        #region
        var groups = KernelHarvest.Of(source);                                              // one KernelSet a group
        var (training, heldOut) = groups[0].SplitByNetwork(5);
        using var prior = KernelVaeTraining.Train(training);
        Console.WriteLine(KernelVaeEvaluation.Evaluate(prior, training, heldOut));          // ELBO, KL, active units, gain over normals
        prior.Save("encoder-0.safetensors");
        #endregion
    }

    public static void Prior(KernelGrouping grouping, Dictionary<string, KernelPrior> priors, SegmentationData data)
    {
        #region
        var prior = new WeightPrior(grouping, priors);                                      // group → VaeKernelPrior, GaussianKernelPrior
        using var net = new BayesianUNet3d(UNet3dOptions.Small);
        prior.InitialiseMeans(net);                                                         // μ = s · decoder mean of z ~ N(0, I)
        var objective = new DeepWeightPriorObjective(prior, net, new() { Volumes = 10, WarmUp = BetaWarmUp.OverSteps(100) });
        var run = SegmentationTraining.Run(net, objective, data, options: new() { Steps = 200 });
        #endregion
    }

    public static void Target(SnapshotSet source, SegmentationData volumes, int[] subset, torch.Tensor test)
    {
        #region
        using var priors = SourcePriors.Learn(source);
        var target = new TargetTraining(source.Options, source, priors);
        using var result = target.Train(TargetMethod.DeepWeightPrior, volumes, subset, new() { Training = new() { Steps = 200 } });
        using var prediction = Segmentation.Predict(result.Network, test);
        #endregion
    }
}
