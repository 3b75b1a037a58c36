using TorchSharp;

namespace VaeToolkit.Molecules;

/// <summary>The baseline of every surrogate: the known items that are nearest in latent space, and the mean of their values.</summary>
public sealed class NearestNeighbours : IDisposable
{
    private readonly torch.Tensor _latents;
    private readonly torch.Tensor _values;

    /// <summary>Keeps known items.</summary>
    /// <param name="latents">Their latent vectors <c>[N, Z]</c>; copied.</param>
    /// <param name="values">Their values, N of them.</param>
    /// <exception cref="ArgumentException">There are none, or another number of values, or some are not finite.</exception>
    public NearestNeighbours(torch.Tensor latents, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(values);
        if (latents.Dimensions != 2 || latents.shape[0] == 0 || latents.shape[0] != values.Count)
            throw new ArgumentException($"latents has shape {Shape.Text(latents)} and there are {values.Count} values", nameof(latents));
        Shape.RequireFinite(latents, nameof(latents));
        if (!values.All(double.IsFinite))
            throw new ArgumentException("a value is NaN or infinite", nameof(values));
        _latents = latents.detach().to(torch.float64, torch.CPU).clone().DetachFromDisposeScope();
        _values = torch.tensor([.. values], torch.float64, torch.CPU).DetachFromDisposeScope();
    }

    /// <summary>The places of the nearest known items.</summary>
    /// <param name="z">Latent vectors <c>[M, Z]</c>.</param>
    /// <param name="count">How many for each, from 1 to N.</param>
    /// <returns>For each the places, from 0, the nearest first.</returns>
    /// <exception cref="ArgumentException">The latent vectors have another shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public int[][] Find(torch.Tensor z, int count = 1)
    {
        using var scope = torch.NewDisposeScope();
        var found = Nearest(z, count).data<long>().ToArray();
        return [.. found.Chunk(count).Select(places => places.Select(place => (int)place).ToArray())];
    }

    /// <summary>The mean value of the nearest known items.</summary>
    /// <param name="z">Latent vectors <c>[M, Z]</c>.</param>
    /// <param name="count">How many for each, from 1 to N.</param>
    /// <exception cref="ArgumentException">The latent vectors have another shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public double[] Predict(torch.Tensor z, int count = 1)
    {
        using var scope = torch.NewDisposeScope();
        var found = Nearest(z, count);
        return _values.index_select(0, found.reshape(-1)).reshape(found.shape).mean([1L]).data<double>().ToArray();
    }

    /// <summary>How many items are known.</summary>
    public override string ToString() => $"{nameof(NearestNeighbours)}: {_latents.shape[0]} items {Shape.Text(_latents.shape[1..])}";

    /// <summary>Disposes what it keeps.</summary>
    public void Dispose()
    {
        _latents.Dispose();
        _values.Dispose();
    }

    private torch.Tensor Nearest(torch.Tensor z, int count)
    {
        ArgumentNullException.ThrowIfNull(z);
        if (z.Dimensions != 2 || z.shape[0] == 0 || z.shape[1] != _latents.shape[1])
            throw new ArgumentException($"z has shape {Shape.Text(z)}; it must be [M, {_latents.shape[1]}], M at least 1", nameof(z));
        if (count < 1 || count > _latents.shape[0])
            throw new ArgumentOutOfRangeException(nameof(count), count, $"there are {_latents.shape[0]} known items");
        Shape.RequireFinite(z, nameof(z));
        // By differences: squares less twice a product would lose the distances beside the squares.
        var (points, known) = (z.detach().to(torch.float64, torch.CPU), _latents);
        // Squares of what is very large or small are no numbers; a power of two rounds nothing.
        var size = Math.Max(points.abs().max().ToDouble(), known.abs().max().ToDouble());
        if (size is > 0 and (< 1e-150 or > 1e150))
            (points, known) = (points / Math.ScaleB(1, Math.ILogB(size)), known / Math.ScaleB(1, Math.ILogB(size)));
        return torch.cdist(points, known, 2, compute_mode.donot_use_mm_for_euclid_dist)
            .topk(count, dim: 1, largest: false).indexes.contiguous();
    }
}
