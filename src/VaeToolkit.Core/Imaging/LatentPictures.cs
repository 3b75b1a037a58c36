using MathNet.Numerics.Distributions;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Pictures of a latent space, as batches for <see cref="ImageGrid.Save"/>. All are decoded means, in evaluation mode without gradients,
/// and the tensors belong to the caller's dispose scope.
/// </summary>
public static partial class LatentPictures
{
    private const int PriorSamples = 10_000;

    /// <summary>
    /// Walks along latent features, one row of pictures a feature: the item's posterior mean with that one feature set to each of
    /// <paramref name="steps"/> values.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="item">One item, <c>[1, *item]</c>.</param>
    /// <param name="features">The features to walk along, from 0; null for all, in order.</param>
    /// <param name="from">The first value; default −3.</param>
    /// <param name="to">The last value; default 3.</param>
    /// <param name="steps">Values a feature, at least 2; the grid's columns.</param>
    /// <returns><c>[features × steps, *item]</c>.</returns>
    /// <exception cref="ArgumentException">There is more than one item, or it does not fit the encoder,
    /// or an end is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A feature does not exist, or <paramref name="steps"/> is below 2.</exception>
    public static torch.Tensor Traversal(
        Vae model, torch.Tensor item, IReadOnlyList<int>? features = null, double from = -3, double to = 3, int steps = 11)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(item);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        if (item.Dimensions < 1 || item.shape[0] != 1)
            throw new ArgumentException($"item has shape {Shape.Text(item)}; it must be one item, [1, ...]", nameof(item));
        if (!double.IsFinite(from) || !double.IsFinite(to))
            throw new ArgumentException(
                FormattableString.Invariant($"the walk goes from {from} to {to}; both must be finite"), nameof(from));
        features ??= [.. Enumerable.Range(0, (int)model.LatentSize)];
        if (features.Any(j => j < 0 || j >= model.LatentSize))
            throw new ArgumentOutOfRangeException(
                nameof(features), string.Join(", ", features), $"the model has latent features 0 to {model.LatentSize - 1}");
        using var mode = EvaluationMode.Enter(model);
        using var scope = torch.NewDisposeScope();
        var mean = model.Encode(item).Mean;
        var values = torch.linspace(from, to, steps, dtype: mean.dtype, device: mean.device);
        return Decoded(model, torch.cat([.. features.Select(j => Walk(mean, j, values))]));
    }

    /// <summary>Walks from items to others on straight lines between their posterior means, one row of pictures a pair.</summary>
    /// <param name="model">The model.</param>
    /// <param name="from">Where the rows begin, <c>[N, *item]</c>.</param>
    /// <param name="to">Where they end, <c>[N, *item]</c>.</param>
    /// <param name="steps">Pictures a row, ends included, at least 2; the grid's columns.</param>
    /// <returns><c>[N × steps, *item]</c>.</returns>
    /// <exception cref="ArgumentException">The two have different counts, or do not fit the encoder.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> is below 2.</exception>
    public static torch.Tensor Interpolation(Vae model, torch.Tensor from, torch.Tensor to, int steps = 11)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        if (!from.shape.SequenceEqual(to.shape))
            throw new ArgumentException($"from has shape {Shape.Text(from)}, to {Shape.Text(to)}; they must be the same", nameof(to));
        using var mode = EvaluationMode.Enter(model);
        using var scope = torch.NewDisposeScope();
        var (start, end) = (model.Encode(from).Mean.unsqueeze(1), model.Encode(to).Mean.unsqueeze(1));
        var share = torch.linspace(0, 1, steps, dtype: start.dtype, device: start.device).reshape(1, steps, 1);
        // As a weighted sum both ends are exact.
        return Decoded(model, (start * (1 - share) + end * share).reshape(-1, model.LatentSize));
    }

    /// <summary>
    /// A map of a two-dimensional latent space: pictures at the quantiles (i + ½) / side of the prior along both axes, the second feature
    /// growing upwards. A standard normal prior's quantiles are exact, any other's are those of 10 000 samples, axis by axis.
    /// </summary>
    /// <param name="model">A model with two latent features.</param>
    /// <param name="side">Pictures a side, at least 2; the grid's columns.</param>
    /// <param name="seed">The seed of those samples.</param>
    /// <returns><c>[side × side, *item]</c>.</returns>
    /// <exception cref="ArgumentException">The model has another number of latent features.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="side"/> is below 2.</exception>
    public static torch.Tensor Map2D(Vae model, int side = 20, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 2);
        RequireTwo(model);
        using var mode = EvaluationMode.Enter(model);
        using var seedScope = NoiseSource.Begin(model, seed);
        using var scope = torch.NewDisposeScope();
        var like = model.SampleLatents(1);
        var (across, up) = Quantiles(model.Prior, side);
        var grid = new double[side * side * 2];
        for (var i = 0; i < side * side; i++)
            (grid[2 * i], grid[2 * i + 1]) = (across[i % side], up[side - 1 - i / side]);
        return Decoded(model, torch.tensor(grid, like.dtype, like.device).reshape(-1, 2));
    }

    internal static void RequireTwo(Vae model)
    {
        if (model.LatentSize != 2)
            throw new ArgumentException($"the model has {model.LatentSize} latent features; a map needs 2", nameof(model));
    }

    private static torch.Tensor Walk(torch.Tensor mean, int feature, torch.Tensor values)
    {
        var codes = mean.repeat(values.shape[0], 1);
        codes.select(1, feature).copy_(values);
        return codes;
    }

    private static (double[] First, double[] Second) Quantiles(Prior prior, int side)
    {
        var levels = Enumerable.Range(0, side).Select(i => (i + 0.5) / side).ToArray();
        if (prior is StandardNormalPrior)
        {
            var exact = Array.ConvertAll(levels, level => Normal.InvCDF(0, 1, level));
            return (exact, exact);
        }
        var (sorted, _) = prior.Sample(PriorSamples).detach().to(torch.float64).sort(0);
        return (Axis(0), Axis(1));

        double[] Axis(long axis)
        {
            using var accessor = sorted.select(1, axis).cpu().contiguous().data<double>();
            var values = accessor.ToArray();
            return Array.ConvertAll(levels, level => values[(int)(level * PriorSamples)]);
        }
    }

    private static torch.Tensor Decoded(Vae model, torch.Tensor z) => model.DecodeOfChecked(z).Mean.alias().MoveToOuterDisposeScope();
}
