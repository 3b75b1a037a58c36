namespace VaeToolkit.Volumes;

/// <summary>Lesions, the 26-connected components of a mask, by whether they are found.</summary>
/// <param name="Found">True lesions that a predicted one hits.</param>
/// <param name="Missed">True lesions that none hits.</param>
/// <param name="Right">Predicted lesions that hit a true one.</param>
/// <param name="Wrong">Predicted lesions that hit none.</param>
public readonly record struct LesionCounts(int Found, int Missed, int Right, int Wrong)
{
    /// <summary>The part of true lesions that are found; NaN if there are none.</summary>
    public double Sensitivity => Found + Missed == 0 ? double.NaN : Found / (double)(Found + Missed);

    /// <summary>The part of predicted lesions that hit; NaN if there are none.</summary>
    public double Precision => Right + Wrong == 0 ? double.NaN : Right / (double)(Right + Wrong);

    /// <summary>
    /// The harmonic mean of sensitivity and precision; 0 if either is 0 or has nothing to count, NaN if both masks are empty.
    /// </summary>
    public double F1
        => Found + Missed + Right + Wrong == 0 ? double.NaN : Found == 0 || Right == 0 ? 0 : 2 / ((1 / Sensitivity) + (1 / Precision));

    /// <summary>Counts lesions.</summary>
    /// <param name="prediction">The predicted mask.</param>
    /// <param name="truth">The true mask, on the same grid.</param>
    /// <param name="overlap">
    /// Two lesions hit one another when their intersection over union is at least this, in 0 to 1; at 0 one common voxel is enough.
    /// </param>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="overlap"/> is not in 0 to 1.</exception>
    public static LesionCounts Of(Volume<bool> prediction, Volume<bool> truth, double overlap = 0)
    {
        MaskPair.Check(prediction, truth);
        if (!(overlap is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(overlap), overlap, "An intersection over union lies in 0 to 1.");
        var (predicted, real) = (ConnectedComponents.Of(prediction), ConnectedComponents.Of(truth));
        var hits = Common(predicted, real).Where(pair => Ratio(pair.Key, pair.Value) >= overlap).Select(pair => pair.Key).ToList();
        var (right, found) = (hits.Select(pair => pair.Predicted).Distinct().Count(), hits.Select(pair => pair.Real).Distinct().Count());
        return new(found, real.Count - found, right, predicted.Count - right);

        double Ratio((int Predicted, int Real) pair, int common) =>
            common / (double)(predicted.Sizes[pair.Predicted - 1] + real.Sizes[pair.Real - 1] - common);
    }

    /// <summary>The counts and the scores in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Found} of {Found + Missed} lesions found, {Right} of {Right + Wrong} predicted ones right; F1 {F1:F3}");

    private static Dictionary<(int Predicted, int Real), int> Common(ConnectedComponents predicted, ConnectedComponents real) =>
        predicted.Numbers.Data.Zip(real.Numbers.Data)
            .Where(pair => pair.First > 0 && pair.Second > 0).CountBy(pair => (pair.First, pair.Second)).ToDictionary();
}
