namespace VaeToolkit.Studies;

/// <summary>The runs of one setting.</summary>
/// <param name="Setting">Its name.</param>
/// <param name="Done">Those that have figures.</param>
/// <param name="Failed">Those that failed.</param>
/// <param name="Running">Those under way.</param>
/// <param name="Waiting">Those to come, other processes' among them.</param>
public sealed record StudyProgressRow(string Setting, int Done, int Failed, int Running, int Waiting)
{
    /// <summary>The setting and its runs.</summary>
    public override string ToString()
        => FormattableString.Invariant($"{Setting}: {Done} done, {Failed} failed, {Running} running, {Waiting} waiting");
}
