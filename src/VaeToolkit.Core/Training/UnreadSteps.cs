namespace VaeToolkit.Training;

/// <summary>
/// Steps that are told of once their numbers have been read, so many at a time. A number that is not finite is found then, after further
/// steps; nothing is saved in between, since an epoch's numbers are read before it ends.
/// </summary>
/// <param name="steps">How many are read together.</param>
/// <param name="stage">What they are steps of, such as <c>training</c>.</param>
/// <param name="tell">Told of each with its number of items, and whether it is the latest.</param>
internal sealed class UnreadSteps(int steps, string stage, Action<StepResult, long, bool> tell) : IDisposable
{
    private readonly List<UnreadStep> _steps = new(steps);

    /// <summary>Takes a step over, and reads when there are enough.</summary>
    internal void Add(UnreadStep step)
    {
        _steps.Add(step);
        if (_steps.Count == steps)
            Read();
    }

    /// <summary>Reads those that there are.</summary>
    /// <exception cref="NonFiniteLossException">A number is not finite.</exception>
    internal void Read()
    {
        if (_steps.Count == 0)
            return;
        UnreadStep.ReadAll(_steps);
        foreach (var step in _steps)
        {
            RequireFinite(step.Result);
            tell(step.Result, step.Items, step == _steps[^1]);
        }
        Dispose();
    }

    public void Dispose()
    {
        _steps.ForEach(step => step.Dispose());
        _steps.Clear();
    }

    private void RequireFinite(StepResult step)
    {
        if (new ObjectiveReading(step.Loss, step.Terms).FirstNonFinite() is var (name, value))
            throw NonFiniteLossException.FoundLater(name, value, step.Index, stage);
        if (step.GradientNorm is { } norm && !double.IsFinite(norm))
            throw NonFiniteLossException.FoundLater(NonFiniteLossException.GradientNorm, norm, step.Index, stage);
    }
}
