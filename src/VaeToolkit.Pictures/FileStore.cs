using TorchSharp;

namespace VaeToolkit.Pictures;

/// <summary>
/// Pictures on disk. While a batch is trained on, the next ones are decoded on other threads; they are handed out in their order, so that
/// what is trained on does not depend on who was fastest.
/// </summary>
/// <param name="listing">The files, all of which are known to be sound.</param>
/// <param name="decoder">How they are decoded.</param>
/// <param name="ahead">Batches that are decoded ahead.</param>
internal sealed class FileStore(PictureListing listing, PictureDecoder decoder, int ahead) : IPictureStore
{
    public long[] ItemShape { get; } = [decoder.Channels, decoder.Height!.Value, decoder.Width!.Value];

    public IEnumerable<(torch.Tensor Pixels, long[] Rows)> Read(IReadOnlyList<long[]> batches)
    {
        using var stop = new CancellationTokenSource();
        var (running, spare) = (new Queue<Task<byte[]>>(), new Stack<byte[]>());
        try
        {
            for (var (next, done) = (0, 0); done < batches.Count; done++)
            {
                for (; next < batches.Count && running.Count < ahead; next++)
                    running.Enqueue(Begin(batches[next], spare, stop.Token));
                var bytes = running.Dequeue().GetAwaiter().GetResult();
                using var pixels = ToTensor(bytes, batches[done].Length);
                spare.Push(bytes);
                yield return (pixels, batches[done]);
            }
        }
        finally
        {
            stop.Cancel();
            // Nobody waits for these any more, but none may outlive the enumeration.
            Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }
    }

    public void Dispose()
    {
    }

    private Task<byte[]> Begin(long[] rows, Stack<byte[]> spare, CancellationToken cancellation)
    {
        var size = (int)Shape.Size(ItemShape);
        // A spare one is of a full batch, so long enough.
        var bytes = spare.TryPop(out var used) ? used : new byte[checked(rows.Length * size)];
        return Task.Run(() => Decode(rows, bytes, size, cancellation), cancellation);
    }

    private byte[] Decode(long[] rows, byte[] bytes, int size, CancellationToken cancellation)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (pixels, _, _) = decoder.Decode(Path.Combine(listing.Folder, listing.Files[(int)rows[i]]));
            pixels.CopyTo(bytes, i * size);
        }
        return bytes;
    }

    private torch.Tensor ToTensor(byte[] bytes, int count)
    {
        var pixels = torch.empty([count, .. ItemShape], torch.uint8, torch.CPU).DetachFromDisposeScope();
        var target = pixels.bytes;
        bytes.AsSpan(0, target.Length).CopyTo(target);
        return pixels;
    }
}
