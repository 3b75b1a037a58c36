using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>
/// Archetypal analysis of Cutler and Breiman (1994): min ‖X − A B X‖² over A <c>[N, k]</c> and B <c>[k, N]</c> whose rows are
/// weights, at least 0 with sum 1. Archetypes B X are mixtures of items, items mixtures of archetypes. All is linear, which makes it the
/// yardstick of <see cref="DeepArchetypes"/>. In float64 on the CPU, the same for the same seed.
/// </summary>
/// <remarks>
/// A and the archetypes are improved in turn, each by an exact projection onto a convex hull (Wolfe's active set), which never raises the
/// residual; the archetypes start from items that are far from one another (Mørup and Hansen 2012). Columns count by their size: scale
/// them before.
/// </remarks>
public sealed class LinearArchetypes
{
    private readonly double[,] _weights;
    private readonly double[,] _mixing;
    private readonly double[,] _archetypes;

    private LinearArchetypes(HullFactorisation best, CentredRows rows)
    {
        (_weights, _mixing) = (best.Weights, best.Mixing);
        _archetypes = rows.Mixtures(best.Mixing);
        (Residual, Iterations, Converged) = (rows.SumOfSquares(best.Residual), best.Iterations, best.Converged);
        ExplainedVariance = rows.TotalSquares > 0 ? 1 - (best.Residual / rows.TotalSquares) : 1;
    }

    /// <summary>Archetypes k.</summary>
    public int Count => _archetypes.GetLength(0);

    /// <summary>Values of an item, D.</summary>
    public int Dimension => _archetypes.GetLength(1);

    /// <summary>‖X − A B X‖², the sum over items of their squared distances from their mixtures.</summary>
    public double Residual { get; }

    /// <summary>1 less the residual over the sum of squares about the mean, in [0, 1]; 1 where all items are the same.</summary>
    public double ExplainedVariance { get; }

    /// <summary>Iterations of the start that was kept.</summary>
    public int Iterations { get; }

    /// <summary>Whether that start ended by its tolerance and not by its iterations.</summary>
    public bool Converged { get; }

    /// <summary>A, the weights of the archetypes in each item, <c>[N, k]</c>; a copy.</summary>
    public double[,] Weights() => (double[,])_weights.Clone();

    /// <summary>B, the weights of the items in each archetype, <c>[k, N]</c>; a copy. Few are above 0.</summary>
    public double[,] Mixing() => (double[,])_mixing.Clone();

    /// <summary>The archetypes B X, <c>[k, D]</c>; a copy.</summary>
    public double[,] Archetypes() => (double[,])_archetypes.Clone();

    /// <summary>Fits k archetypes.</summary>
    /// <param name="items">Items X <c>[N, ...]</c>, of any floating-point type, flattened.</param>
    /// <param name="archetypes">k, from 2 to N.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told the share of the starts' iterations that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Looked at in every iteration.</param>
    /// <exception cref="ArgumentException">There are no items, or one holds NaN or infinity: the message names its row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is below 2 or above N, or an option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LinearArchetypes Fit(
        torch.Tensor items, int archetypes, LinearArchetypesOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options = (options ?? new()).Validated(nameof(options));
        ArchetypeSimplex.RequireTwo(archetypes, nameof(archetypes));
        var given = RowMatrix.Of(items, nameof(items));
        if (archetypes > given.GetLength(0))
            throw new ArgumentOutOfRangeException(
                nameof(archetypes), archetypes, $"there are {given.GetLength(0)} items, and no more archetypes than items can be found");
        var rows = new CentredRows(given);
        var random = new Random(unchecked((int)(options.Seed ^ (options.Seed >> 32))));
        HullFactorisation? best = null;
        for (var start = 0; start < options.Starts; start++)
        {
            var first = FarApart.Choose(rows.Values, archetypes, random.Next(rows.Values.Length));
            var run = new HullFactorisation(rows.Values, first);
            run.Improve(options, rows.TotalSquares, share => progress?.Report((start + share) / options.Starts), cancellationToken);
            if (best is null || run.Residual < best.Residual)
                best = run;
        }
        progress?.Report(1);
        return new(best!, rows);
    }

    /// <summary>The weights of these archetypes in other items: the point of their hull that is nearest to each.</summary>
    /// <param name="items">Items <c>[N, ...]</c> of D values.</param>
    /// <returns><c>[N, k]</c>.</returns>
    /// <exception cref="ArgumentException">The items have another size, or one holds NaN or infinity.</exception>
    public double[,] WeightsOf(torch.Tensor items)
    {
        var rows = RowMatrix.Of(items, nameof(items));
        if (rows.GetLength(1) != Dimension)
            throw new ArgumentException($"items have {rows.GetLength(1)} values each, the archetypes {Dimension}", nameof(items));
        // In the archetypes' own unit, so that nothing overflows.
        var scaled = new CentredRows(_archetypes);
        var weights = new double[rows.GetLength(0), Count];
        for (var i = 0; i < rows.GetLength(0); i++)
        {
            var nearest = HullProjection.Of(scaled.Values, scaled.Centred(rows, i));
            for (var j = 0; j < Count; j++)
                weights[i, j] = nearest.Weights[j];
        }
        return weights;
    }

    /// <summary>How many of how much, and how well.</summary>
    public override string ToString()
        => FormattableString.Invariant($"{Count} linear archetypes of {Dimension} values from {_weights.GetLength(0)} items: ")
            + FormattableString.Invariant($"{ExplainedVariance:P2} of the variance, residual {Residual:G6}, {Iterations} iteration(s)")
            + (Converged ? "" : ", not converged");
}
