namespace VaeToolkit.Boosting;

/// <summary>Batches without end: pass after pass over the data, each in its own order.</summary>
internal sealed class EndlessBatches(DataSource data, int size, long seed) : IDisposable
{
    private IEnumerator<Batch>? _pass;

    /// <summary>Passes begun.</summary>
    internal int Passes { get; private set; }

    /// <summary>The next batch, good until the one after it is asked for.</summary>
    internal Batch Next()
    {
        while (_pass is null || !_pass.MoveNext())
        {
            _pass?.Dispose();
            _pass = data.Batches(size, seed, Passes++).GetEnumerator();
        }
        return _pass.Current;
    }

    public void Dispose() => _pass?.Dispose();
}
