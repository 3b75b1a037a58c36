namespace TorchSharp;

/// <summary>The stack of dispose scopes of one thread, and what became of the tensors made on it.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? t_current;

    private readonly ThreadDisposeScopeStatistics _statistics = new();
    private readonly Stack<HashSet<IDisposable>> _emptySets = [];

    public static ThreadDisposeScopeStatistics Statistics => OfThisThread._statistics;

    internal static DisposeScopeManager OfThisThread => t_current ??= new DisposeScopeManager();

    internal DisposeScope? CurrentScope { get; private set; }

    internal static DisposeScope NewScope()
    {
        var manager = OfThisThread;
        return manager.CurrentScope = new DisposeScope(manager, manager._emptySets.TryPop(out var used) ? used : DisposeScope.NewSet());
    }

    /// <summary>Keeps an ended scope's set, whose arrays have grown to what a step needs, for the next scope of this thread.</summary>
    internal void Recycle(HashSet<IDisposable> set)
    {
        if (this == t_current && set.Count == 0)
            _emptySets.Push(set);
    }

    internal void Register(torch.Tensor tensor)
    {
        if (CurrentScope is { } scope)
        {
            scope.Hold(tensor);
            _statistics.CreatedInScopeCount++;
        }
        else
        {
            _statistics.CreatedOutsideScopeCount++;
        }
    }

    internal void Remove(DisposeScope scope)
    {
        if (CurrentScope == scope)
        {
            CurrentScope = scope.OuterScope;
            return;
        }
        for (var inner = CurrentScope; inner is not null; inner = inner.OuterScope)
        {
            if (inner.OuterScope == scope)
            {
                inner.OuterScope = scope.OuterScope;
                return;
            }
        }
    }
}
