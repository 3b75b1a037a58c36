namespace VaeToolkit.Survival;

/// <summary>
/// One division of the patients. Everything that is fitted, scalings and censoring weights included, may see the training rows only.
/// </summary>
/// <param name="Repeat">Which repeat, from 0.</param>
/// <param name="Index">Which fold of the repeat, from 0.</param>
/// <param name="Training">The rows to fit on, increasing.</param>
/// <param name="Test">The rows to score, increasing.</param>
public sealed record Fold(int Repeat, int Index, IReadOnlyList<int> Training, IReadOnlyList<int> Test)
{
    /// <summary>Which fold it is, and the numbers of rows.</summary>
    public override string ToString() => $"fold {Index} of repeat {Repeat}: {Training.Count} training rows, {Test.Count} test rows";
}
