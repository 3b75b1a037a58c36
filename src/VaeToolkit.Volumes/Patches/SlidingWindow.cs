using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit.Volumes;

/// <summary>
/// Predicts volumes of any size with a network for windows: overlapping windows, whose results are averaged with weights.
/// </summary>
public static class SlidingWindow
{
    // Far corners of a Gaussian window still need a weight that float32 can divide by.
    private const double SmallestWeight = 1e-3;

    /// <summary>Predicts a volume.</summary>
    /// <param name="network">
    /// From windows <c>[N, C, d, h, w]</c> to values <c>[N, K, d, h, w]</c>, such as probabilities;
    /// it runs without gradients, in a scope of its own.
    /// </param>
    /// <param name="image">The image; where it is smaller than a window it is padded with zeros.</param>
    /// <param name="options">Windows and weights.</param>
    /// <param name="progress">Is told which part is done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>K channels on the image's grid.</returns>
    /// <exception cref="ArgumentException">The network returns another shape, or too few channels for the labels that a mirror image
    /// exchanges.</exception>
    /// <exception cref="InvalidOperationException">libtorch refused what the network does.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Volume<float> Predict(
        Func<torch.Tensor, torch.Tensor> network,
        Volume<float> image,
        SlidingWindowOptions options,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        var own = network;
        network = windows => EngineError.In(windows, () => "the network", () => own(windows))
            ?? throw new ArgumentException("The network returned null.", nameof(network));
        var window = new VoxelGrid(options.Window).Size;
        var padded = Cropping.ToSize(image, new(
            Math.Max(image.Size.Width, window.Width), Math.Max(image.Size.Height, window.Height),
            Math.Max(image.Size.Depth, window.Depth)));
        var boxes = Boxes(padded.Size, window, options.Overlap).ToList();
        var sum = new WindowSum(padded.Grid, window, options.GaussianWeights ? SmallestWeight : 1);
        if (options.Mirrored is { } symmetry)
            network = Mirrored(network, symmetry, dimension: -1 - Orientation.LeftRightAxis(image.Grid.Affine));
        for (var done = 0; done < boxes.Count; done += options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddBatch(network, padded,
                boxes.GetRange(done, Math.Min(options.BatchSize, boxes.Count - done)), options.BatchSize, sum);
            progress?.Report(Math.Min(1, (done + options.BatchSize) / (double)boxes.Count));
        }
        return Cropping.ToSize(sum.Mean(image.Name), image.Size);
    }

    private static Func<torch.Tensor, torch.Tensor> Mirrored(
        Func<torch.Tensor, torch.Tensor> network, LabelSymmetry symmetry, long dimension) =>
        windows => (network(windows) + Exchanged(network(windows.flip(dimension)).flip(dimension), symmetry)) / 2;

    /// <summary>The channels of a mirror image, those of the labels of a pair exchanged.</summary>
    private static torch.Tensor Exchanged(torch.Tensor output, LabelSymmetry symmetry)
    {
        if (symmetry.LabelPairs.Count == 0)
            return output;
        var highest = symmetry.LabelPairs.Max(pair => Math.Max(pair.Left, pair.Right));
        if (output.Dimensions < 2 || output.shape[1] <= highest)
            throw new ArgumentException($"Mirrored has {symmetry}, but the network returned {Shape.Text(output)}, where channel k of "
                + $"[N, K, d, h, w] is label k, so K must be {highest + 1} or more.", nameof(symmetry));
        long[] from = [.. Enumerable.Range(0, (int)output.shape[1]).Select(channel => (long)symmetry.Mirrored(channel))];
        return output.index_select(1, torch.tensor(from, device: output.device));
    }

    private static void AddBatch(
        Func<torch.Tensor, torch.Tensor> network, Volume<float> image, List<VoxelBox> boxes, int batchSize, WindowSum sum)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var windows = Enumerable.Range(0, batchSize).Select(i => Cropping.Extract(image, boxes[Math.Min(i, boxes.Count - 1)]).ToTensor());
        var input = torch.stack([.. windows]);
        var output = network(input);
        var (given, expected) = (output.shape, input.shape);
        if (given.Length != 5 || given[0] != expected[0] || !given.AsSpan(2).SequenceEqual(expected.AsSpan(2)))
            throw new ArgumentException(
                $"The network returned {Shape.Text(given)} for windows {Shape.Text(expected)}; [{expected[0]}, K, "
                + $"{string.Join(", ", expected[2..])}] was expected.",
                nameof(network));
        var plain = output.cpu().to(torch.float32).contiguous();
        var values = MemoryMarshal.Cast<byte, float>(plain.bytes);
        var length = values.Length / batchSize;
        for (var i = 0; i < boxes.Count; i++)
            sum.Add(boxes[i], values.Slice(i * length, length), (int)given[1]);
    }

    private static IEnumerable<VoxelBox> Boxes(VolumeSize size, VolumeSize window, double overlap) =>
        from z in Starts(size.Depth, window.Depth, overlap)
        from y in Starts(size.Height, window.Height, overlap)
        from x in Starts(size.Width, window.Width, overlap)
        select new VoxelBox(x, y, z, window);

    /// <summary>The fewest evenly spread starts, first at 0 and last at the end, with at least that overlap.</summary>
    private static IEnumerable<int> Starts(int extent, int window, double overlap)
    {
        var step = Math.Max(1, (int)WholeCount.Floor(window * (1 - overlap)));
        var steps = (extent - window + step - 1) / step;
        return Enumerable.Range(0, steps + 1).Select(i => steps == 0 ? 0 : (int)Math.Round((double)i * (extent - window) / steps));
    }
}
