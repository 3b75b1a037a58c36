using TorchSharp;

namespace VaeToolkit.Pictures;

/// <summary>Pictures in memory, as bytes.</summary>
internal sealed class MemoryStore : IPictureStore
{
    private torch.Tensor _pixels;

    public MemoryStore(int count, PictureDecoder decoder)
    {
        ItemShape = [decoder.Channels, decoder.Height!.Value, decoder.Width!.Value];
        _pixels = torch.empty([count, .. ItemShape], torch.uint8, torch.CPU).DetachFromDisposeScope();
    }

    public long[] ItemShape { get; }

    /// <summary>Takes a picture; threads may do so together, each with another row.</summary>
    public void Put(int row, byte[] pixels)
    {
        using var scope = torch.NewDisposeScope();
        pixels.CopyTo(_pixels[row].bytes);
    }

    /// <summary>Closes the gaps of what is damaged where they are, since the pictures may not fit into memory twice; the room of what
    /// is damaged is kept.</summary>
    /// <param name="rows">What stays, ascending.</param>
    public void Keep(IReadOnlyList<int> rows)
    {
        if (rows.Count == _pixels.shape[0])
            return;
        using var all = _pixels;
        foreach (var (to, from) in rows.Index().Where(row => row.Index != row.Item))
        {
            using var scope = torch.NewDisposeScope();
            all[to].copy_(all[from]);
        }
        _pixels = all.narrow(0, 0, rows.Count).DetachFromDisposeScope();
    }

    public IEnumerable<(torch.Tensor Pixels, long[] Rows)> Read(IReadOnlyList<long[]> batches)
    {
        foreach (var rows in batches)
        {
            using var pixels = Select(rows);
            yield return (pixels, rows);
        }
    }

    public void Dispose() => _pixels.Dispose();

    private torch.Tensor Select(long[] rows)
    {
        using var index = torch.tensor(rows, torch.int64, torch.CPU);
        return _pixels.index_select(0, index).DetachFromDisposeScope();
    }
}
