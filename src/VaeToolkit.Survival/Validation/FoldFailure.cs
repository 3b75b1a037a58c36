namespace VaeToolkit.Survival;

/// <summary>A fold that a candidate could not be scored in.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Repeat">The repeat, from 0.</param>
/// <param name="Fold">The fold of the repeat, from 0.</param>
/// <param name="Cause">What its prediction threw, or what was wrong with the prediction.</param>
public sealed record FoldFailure(string Candidate, int Repeat, int Fold, Exception Cause)
{
    /// <summary>Candidate, fold and cause in one line.</summary>
    public override string ToString() => $"'{Candidate}' in fold {Fold} of repeat {Repeat}: {Cause.Message.Split('\n', 2)[0].TrimEnd()}";
}
