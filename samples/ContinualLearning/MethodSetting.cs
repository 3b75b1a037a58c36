namespace VaeToolkit.Samples;

/// <summary>What the figures of a run depend on.</summary>
internal sealed record MethodSetting(Method Method, Budget Budget, int Tasks, string Data)
{
    public override string ToString()
        => FormattableString.Invariant($"{Method.Name} on {Data}, {Tasks} tasks, budget {Budget.Name}, ewc {Budget.Consolidation}");
}
