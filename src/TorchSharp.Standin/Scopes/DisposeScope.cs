namespace TorchSharp;

/// <summary>Disposes, when it ends, the tensors that were made while it was its thread's innermost scope and that nobody took out of it.</summary>
public sealed class DisposeScope : IDisposable
{
    private readonly HashSet<IDisposable> _disposables = new(ReferenceEqualityComparer.Instance);
    private readonly DisposeScopeManager _manager;

    internal DisposeScope(DisposeScopeManager manager)
    {
        _manager = manager;
        OuterScope = manager.CurrentScope;
    }

    public int DisposablesCount => _disposables.Count;

    internal DisposeScope? OuterScope { get; set; }

    public bool Contains(IDisposable disposable) => _disposables.Contains(disposable);

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
        owner?._disposables.Remove(disposable);
        if (owner is null)
            DisposeScopeManager.Statistics.AttachedToScopeCount++;
        Hold(disposable);
    }

    /// <summary>Forgets a tensor that was disposed by hand.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (_disposables.Remove(disposable))
            DisposeScopeManager.Statistics.DisposedInScopeCount++;
        SetOwner(disposable, null);
    }

    public void DisposeEverything()
    {
        var doomed = _disposables.ToArray();
        _disposables.Clear();
        DisposeScopeManager.Statistics.DisposedInScopeCount += doomed.Length;
        foreach (var disposable in doomed)
        {
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
    }

    internal void Hold(IDisposable disposable)
    {
        _disposables.Add(disposable);
        SetOwner(disposable, this);
    }

    private void Move(IDisposable disposable, DisposeScope? target)
    {
        if (target == this || !_disposables.Remove(disposable))
            return;
        SetOwner(disposable, null);
        if (target is not null)
            target.Hold(disposable);
        else
            DisposeScopeManager.Statistics.DetachedFromScopeCount++;
    }

    private static void SetOwner(IDisposable disposable, DisposeScope? owner)
    {
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = owner;
    }
}
