using TorchSharp;

namespace VaeToolkit.Molecules;

/// <summary>Looks for latent vectors of a high value, inside the region of the data.</summary>
public static class LatentSearch
{
    /// <summary>
    /// Gradient ascent from several points at once, each with a line search: a step is halved until it leads up, after it has been
    /// brought back into the region, so a point's value never falls.
    /// </summary>
    /// <param name="value">What is to be high, such as <see cref="GaussianProcess.PredictMean"/>: latent vectors <c>[N, Z]</c> in, values
    /// <c>[N]</c> out, each of its own vector alone and differentiable.</param>
    /// <param name="starts">Where to begin, <c>[N, Z]</c>; points outside the region begin at its surface.</param>
    /// <param name="region">Where to stay.</param>
    /// <param name="options">Steps; null for the defaults.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellationToken">Stops the search; what was found until then is returned.</param>
    /// <exception cref="ArgumentException">The starts have another shape or are not finite, a value is not finite at one of them, or is not
    /// differentiable.</exception>
    /// <exception cref="InvalidOperationException">libtorch refused what the value does.</exception>
    public static LatentSearchResult Ascend(
        Func<torch.Tensor, torch.Tensor> value, torch.Tensor starts, LatentRegion region, LatentSearchOptions? options = null,
        IProgress<LatentSearchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(region);
        if (starts.Dimensions != 2 || starts.shape[0] == 0 || starts.shape[1] != region.LatentSize)
            throw new ArgumentException($"starts has shape {Shape.Text(starts)}; it must be [N, {region.LatentSize}]", nameof(starts));
        options = (options ?? new()).Validated();
        using var scope = torch.NewDisposeScope();
        var points = region.Nearest(starts.detach());
        var values = Values(value, points);
        var first = Numbers(values);
        if (first.Any(number => !double.IsFinite(number)))
            throw new ArgumentException("the value is not finite at a start", nameof(starts));
        var lengths = torch.full_like(values, options.FirstStep);
        for (var step = 1; step <= options.Steps && !cancellationToken.IsCancellationRequested; step++)
        {
            using var inner = torch.NewDisposeScope();
            var (next, reached, tried) = Step(value, points, values, lengths, region, options.ShortestStep);
            (points, values, lengths) = (Kept(next), Kept(reached), Kept(tried));
            progress?.Report(new(step, options.Steps, values.max().ToDouble()));
            if (lengths.max().ToDouble() < options.ShortestStep)
                break;
        }
        return new(points.MoveToOuterDisposeScope(), Numbers(values), first);
    }

    /// <summary>The baseline: points drawn from the standard normal prior, brought into the region, with their values.</summary>
    /// <param name="value">What is to be high, as in <see cref="Ascend"/>.</param>
    /// <param name="count">How many points, at least 1.</param>
    /// <param name="region">Where to stay.</param>
    /// <param name="seed">The same seed gives the same points.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no points.</exception>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    /// <exception cref="InvalidOperationException">libtorch refused what the value does.</exception>
    public static LatentSearchResult Random(Func<torch.Tensor, torch.Tensor> value, int count, LatentRegion region, long seed)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(region);
        Shape.RequirePositive(count, "the number of points", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(unchecked((ulong)seed), torch.CPU);
        var points = region.Nearest(torch.randn([count, (long)region.LatentSize], torch.float32, torch.CPU, generator: generator));
        var values = Numbers(Values(value, points));
        var bad = Array.FindIndex(values, number => !double.IsFinite(number));
        if (bad >= 0)
            throw new ArgumentException(FormattableString.Invariant($"the value of point {bad} is {values[bad]}"), nameof(value));
        return new(points.MoveToOuterDisposeScope(), values, values);
    }

    private static (torch.Tensor Points, torch.Tensor Values, torch.Tensor Lengths) Step(
        Func<torch.Tensor, torch.Tensor> value, torch.Tensor points, torch.Tensor values, torch.Tensor lengths, LatentRegion region,
        double shortest)
    {
        var directions = Directions(value, points);
        var going = lengths >= shortest;
        while (going.any().ToBoolean())
        {
            var candidates = region.Nearest(points + directions * lengths.unsqueeze(1).to(points.dtype));
            var reached = Values(value, candidates);
            var better = going.logical_and(reached > values);
            points = torch.where(better.unsqueeze(1), candidates, points);
            values = torch.where(better, reached, values);
            going = going.logical_and(better.logical_not());
            lengths = torch.where(going, lengths / 2, lengths);
            going = going.logical_and(lengths >= shortest);
        }
        // What has gone up may go further next time; what has not stays below the shortest step, and has arrived.
        return (points, values, torch.where(lengths >= shortest, lengths * 2, lengths));
    }

    // Gradients of length 1; 0 where there is none.
    private static torch.Tensor Directions(Func<torch.Tensor, torch.Tensor> value, torch.Tensor points)
    {
        using var gradients = torch.enable_grad();
        var leaf = points.detach().requires_grad_();
        var total = Called(value, leaf).sum();
        // What asks for a gradient that there is not would end the process.
        if (!total.requires_grad)
            throw new ArgumentException("value must be differentiable in its latent vectors, but what it gives depends on none: it is "
                + "detached, made without gradients, or the same everywhere", nameof(value));
        // What depends on other tensors alone has a gradient of 0 here.
        var gradient = EngineError.In(
            leaf, () => "the gradient of value", () => torch.autograd.grad([total + (leaf * 0).sum()], [leaf])[0]).nan_to_num(0, 0, 0);
        // By the largest part first: its square would leave float32 where values are of the order of 1e20 or 1e-20.
        var largest = gradient.abs().amax([1L], keepdim: true);
        var scaled = torch.where(largest > 0, gradient / largest, 0 * gradient);
        return scaled / scaled.square().sum(1, keepdim: true).sqrt().clamp_min(1);
    }

    private static torch.Tensor Values(Func<torch.Tensor, torch.Tensor> value, torch.Tensor points)
    {
        using var noGradient = torch.no_grad();
        return Called(value, points) is { Dimensions: 1 } values && values.shape[0] == points.shape[0]
            ? values
            : throw new ArgumentException($"value must give [{points.shape[0]}] numbers for points {Shape.Text(points)}", nameof(value));
    }

    private static torch.Tensor Called(Func<torch.Tensor, torch.Tensor> value, torch.Tensor points)
        => EngineError.In(points, () => nameof(value), () => value(points));

    private static double[] Numbers(torch.Tensor values) => values.to(torch.float64).cpu().data<double>().ToArray();

    private static torch.Tensor Kept(torch.Tensor tensor) => tensor.MoveToOuterDisposeScope();
}
