namespace VaeToolkit.Survival;

/// <summary>A way of predicting survival that is to be compared with others.</summary>
/// <param name="Name">What it is called in the result.</param>
/// <param name="Predict">
/// Fits on a fold's training rows and predicts S(t|x) of its test rows, <c>[test rows, T]</c>, at increasing times <c>[T]</c>, all within
/// the training rows' follow-up. It must not look at the times and events of the test rows.
/// </param>
public sealed record SurvivalCandidate(string Name, Func<Fold, IReadOnlyList<double>, double[,]> Predict)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
