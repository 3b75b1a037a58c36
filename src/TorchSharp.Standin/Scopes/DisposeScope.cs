namespace TorchSharp;

/// <summary>Disposes, when it ends, the tensors that were made while it was its thread's innermost scope and that nobody took out of it.</summary>
public sealed class DisposeScope : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DisposeScopeManager _manager;
    private HashSet<IDisposable>? _disposables;

    internal DisposeScope(DisposeScopeManager manager, HashSet<IDisposable> emptySet)
    {
        (_manager, _disposables) = (manager, emptySet);
        OuterScope = manager.CurrentScope;
    }

    public int DisposablesCount
    {
        get
        {
            lock (_gate)
                return _disposables?.Count ?? 0;
        }
    }

    internal DisposeScope? OuterScope { get; set; }

    public bool Contains(IDisposable disposable)
    {
        lock (_gate)
            return _disposables?.Contains(disposable) ?? false;
    }

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        Move(disposable, OuterScope);
        return disposable;
    }

    public T MoveToOther<T>(DisposeScope scope, T disposable)
        where T : IDisposable
    {
        Move(disposable, scope);
        return disposable;
    }

    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        Move(disposable, null);
        return disposable;
    }

    public void Attach(IDisposable disposable)
    {
        var owner = (disposable as torch.Tensor)?.OwningDisposeScope;
        if (owner == this)
            return;
        if (owner is not null)
            owner.Remove(disposable);
        else
            DisposeScopeManager.Statistics.AttachedToScopeCount++;
        Hold(disposable);
    }

    /// <summary>Forgets a tensor that was disposed by hand.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (Remove(disposable))
            DisposeScopeManager.Statistics.DisposedInScopeCount++;
        SetOwner(disposable, null);
    }

    public void DisposeEverything()
    {
        foreach (var disposable in TakeAll())
        {
            DisposeScopeManager.Statistics.DisposedInScopeCount++;
            SetOwner(disposable, null);
            if (disposable is torch.Tensor tensor)
                tensor.Release();
            else
                disposable.Dispose();
        }
    }

    /// <summary>Disposes what the scope holds and takes it off its thread's stack, wherever it stands there.</summary>
    public void Dispose()
    {
        DisposeEverything();
        _manager.Remove(this);
        HashSet<IDisposable>? used;
        lock (_gate)
            (used, _disposables) = (_disposables, null);
        if (used is not null)
            _manager.Recycle(used);
    }

    internal static HashSet<IDisposable> NewSet() => new(ReferenceEqualityComparer.Instance);

    internal void Hold(IDisposable disposable)
    {
        lock (_gate)
            (_disposables ??= NewSet()).Add(disposable);
        SetOwner(disposable, this);
    }

    private void Move(IDisposable disposable, DisposeScope? target)
    {
        if (target == this || !Remove(disposable))
            return;
        SetOwner(disposable, null);
        if (target is not null)
            target.Hold(disposable);
        else
            DisposeScopeManager.Statistics.DetachedFromScopeCount++;
    }

    // A tensor may be disposed by another thread than the one whose scope holds it, so the set is locked; whoever takes an entry out
    // of it counts it.
    private bool Remove(IDisposable disposable)
    {
        lock (_gate)
            return _disposables?.Remove(disposable) ?? false;
    }

    private IDisposable[] TakeAll()
    {
        lock (_gate)
        {
            IDisposable[] all = [.. _disposables ?? []];
            _disposables?.Clear();
            return all;
        }
    }

    private static void SetOwner(IDisposable disposable, DisposeScope? owner)
    {
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = owner;
    }
}
