using MathNet.Numerics.Statistics;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Volumes;

/// <summary>
/// Distances in mm between the surfaces of two masks. A surface is the voxels with a face towards the background (beyond the volume is
/// background too); distances run between voxel centres, by an exact distance transform.
/// </summary>
public sealed class SurfaceDistances
{
    // Headers hold spacings in float32, so distances that are equal differ by this part of a voxel, or of themselves, at most.
    private const double RoundingOfVoxel = 1e-5;
    private const double RoundingOfDistance = 1e-6;

    private readonly double[] _fromPrediction;
    private readonly double[] _fromTruth;
    private readonly double[] _pooled;
    private readonly double _voxel;

    private SurfaceDistances(double[] fromPrediction, double[] fromTruth, double voxel)
    {
        (_fromPrediction, _fromTruth, _voxel) = (fromPrediction, fromTruth, voxel);
        _pooled = [.. fromPrediction, .. fromTruth];
        Array.Sort(_pooled);
    }

    /// <summary>
    /// From each surface voxel of the prediction to the truth's surface, ascending; +∞ (or the image's diagonal) where that is missing.
    /// </summary>
    public IReadOnlyList<double> FromPrediction => _fromPrediction;

    /// <summary>
    /// From each surface voxel of the truth to the prediction's surface, ascending; +∞ (or the image's diagonal) where that is missing.
    /// </summary>
    public IReadOnlyList<double> FromTruth => _fromTruth;

    /// <summary>The largest distance; 0 if both masks are empty.</summary>
    public double Hausdorff => _pooled.Length == 0 ? 0 : _pooled[^1];

    /// <summary>ASSD, the mean over both sets together; 0 if both masks are empty.</summary>
    public double AverageSymmetric => _pooled.Length == 0 ? 0 : _pooled.Average();

    /// <summary>Measures two masks.</summary>
    /// <param name="prediction">The predicted mask.</param>
    /// <param name="truth">The true mask, on the same grid, whose axes are taken for orthogonal.</param>
    /// <param name="missing">What the distance to an empty mask is.</param>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rule for empty masks is none of the enumeration's values.</exception>
    public static SurfaceDistances Between(Volume<bool> prediction, Volume<bool> truth, MissingSurface missing = MissingSurface.Infinite)
    {
        MaskPair.Check(prediction, truth);
        OptionRange.RequireKnown(missing, nameof(missing));
        var (predicted, real) = (Morphology.Surface(prediction), Morphology.Surface(truth));
        var limit = missing == MissingSurface.Infinite ? double.PositiveInfinity : Diagonal(truth.Grid);
        var spacing = truth.Grid.Spacing;
        return new(Directed(predicted, real, limit), Directed(real, predicted, limit),
            Math.Min(spacing.X, Math.Min(spacing.Y, spacing.Z)));
    }

    /// <summary>A percentile of the distances, linearly interpolated: 95 gives HD95; 0 if both masks are empty.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <param name="convention">How the two directions are brought together.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="percent"/> is not in 0 to 100, or
    /// <paramref name="convention"/> none of the enumeration's values.</exception>
    public double HausdorffPercentile(double percent = 95, PercentileConvention convention = PercentileConvention.LargerDirected)
    {
        if (!(percent is >= 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "A percentile lies in 0 to 100.");
        OptionRange.RequireKnown(convention, nameof(convention));
        return convention == PercentileConvention.Pooled
            ? Percentile(_pooled, percent)
            : Math.Max(Percentile(_fromPrediction, percent), Percentile(_fromTruth, percent));
    }

    /// <summary>
    /// The part of both surfaces, by voxels, that lies within a tolerance of the other (Nikolov et al. 2018); 1 if both masks are empty.
    /// A distance that equals the tolerance but for the rounding of spacings in files (10⁻⁵ of the smallest) lies within.
    /// </summary>
    /// <param name="tolerance">In mm, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tolerance"/> is negative.</exception>
    public double SurfaceDice(double tolerance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tolerance);
        if (_fromPrediction.Length == 0 || _fromTruth.Length == 0)
            return _pooled.Length == 0 ? 1 : 0;
        var most = tolerance + (RoundingOfVoxel * _voxel) + (RoundingOfDistance * tolerance);
        return _pooled.Count(distance => distance <= most) / (double)_pooled.Length;
    }

    /// <summary>The distances in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"HD95 {HausdorffPercentile():F3} mm, Hausdorff {Hausdorff:F3} mm, ASSD {AverageSymmetric:F3} mm ")
        + FormattableString.Invariant($"({_fromPrediction.Length} and {_fromTruth.Length} surface voxels)");

    private static double[] Directed(Volume<bool> from, Volume<bool> to, double limit)
    {
        var distances = DistanceTransform.ToMask(to).Data
            .Where((_, i) => from.Data[i]).Select(distance => double.IsFinite(distance) ? distance : limit).ToArray();
        Array.Sort(distances);
        return distances;
    }

    /// <summary>Between infinities the interpolation would take their difference, hence the shortcut.</summary>
    private static double Percentile(double[] sorted, double percent) =>
        sorted.Length == 0 ? 0
        : double.IsPositiveInfinity(sorted[0]) ? sorted[0]
        : SortedArrayStatistics.QuantileCustom(sorted, percent / 100, QuantileDefinition.R7);

    private static double Diagonal(VoxelGrid grid)
    {
        var spacing = grid.Spacing;
        return new Vector3D(grid.Size.Width * spacing.X, grid.Size.Height * spacing.Y, grid.Size.Depth * spacing.Z).Length;
    }
}
