using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>Trains every method on every subset and scores it on the same test patients.</summary>
internal sealed class Comparison(
    Settings settings, TargetTraining target, IReadOnlyList<Subject> pool, IReadOnlyList<Subject> test) : IDisposable
{
    private readonly SegmentationData _data = SegmentationData.Of([.. pool.Select(subject => subject.Prepared)]);
    private readonly SegmentationData _test = SegmentationData.Of([.. test.Select(subject => subject.Prepared)]);

    /// <summary>Trains and scores one entry.</summary>
    public IReadOnlyList<Cell> Run(TargetMethod method, int size, int subset)
    {
        var clock = Stopwatch.StartNew();
        using var result = Train(method, size, subset);
        var seconds = clock.Elapsed.TotalSeconds / settings.Steps;
        foreach (var warning in result.Run.Warnings())
            Console.WriteLine($"{Cell.ShortName(method)}, n = {size}, subset {subset}: {warning}");
        using var prediction = Predict(result.Network);
        if ((size, subset) == (settings.Sizes[0], 0))
            Pictures.Keep(settings.Output, method, prediction);
        return [.. test.Select(
            (subject, i) => Score(method, size, subset, subject, Mask(prediction, subject, i)) with { Seconds = seconds })];
    }

    private TargetResult Train(TargetMethod method, int size, int subset) => target.Train(method, _data, SubsetOf(size, subset), new()
    {
        Training = new()
        {
            Steps = settings.Steps,
            Seed = settings.Seed + 1000L * subset + size,
            LogVarianceRate = settings.LogVarianceRate,
            Augmentation = Subject.Symmetry.FlipAndIntensity,
        },
        ForegroundRate = _data.ForegroundRate,
        Beta = settings.Beta,
        AdaptReverse = settings.AdaptReverse,
        MeansFrom = settings.MeansFrom,
    });

    private SegmentationPrediction Predict(SegmentationNetwork network)
    {
        using var batch = _test.Take([.. Enumerable.Range(0, test.Count)]);
        return Segmentation.Predict(network, batch.Items, new() { Samples = settings.Samples, Seed = settings.Seed });
    }

    public void Dispose()
    {
        _data.Dispose();
        _test.Dispose();
    }

    /// <summary>The predicted mask of a test patient, on the grid of the scan.</summary>
    private static Volume<bool> Mask(SegmentationPrediction prediction, Subject subject, int index)
    {
        using var scope = torch.NewDisposeScope();
        var labels = prediction.Labels()[index].to(torch.float32).ToVolume(subject.Prepared.Image.Grid);
        return subject.Restored(labels.Select(label => label > 0.5f ? 1 : 0));
    }

    // The first n of a permutation that is the subset's own: smaller subsets lie in larger ones, and all methods see the same.
    private int[] SubsetOf(int size, int subset)
    {
        int[] order = [.. Enumerable.Range(0, pool.Count)];
        new Random(settings.Seed * 1000 + subset).Shuffle(order);
        return order[..size];
    }

    private static Cell Score(TargetMethod method, int size, int subset, Subject subject, Volume<bool> mask)
    {
        var scores = SegmentationScores.Of(mask, subject.Truth, new() { MissingSurface = MissingSurface.ImageDiagonal });
        return new(method, size, subset, subject.Prepared.Name, scores.Dice, scores.IntersectionOverUnion, scores.Hausdorff95, Seconds: 0);
    }
}
