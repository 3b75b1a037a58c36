namespace VaeToolkit.Pictures;

/// <summary>One pass over the files of a folder, on all processors: what is decoded, and what is damaged.</summary>
internal sealed class FolderReading(
    PictureListing listing, PictureDecoder decoder, DamagedFiles damaged, IProgress<double>? progress, CancellationToken cancellation)
{
    private const int MostNamed = 10;

    /// <summary>The files that are sound, after <see cref="Run"/>.</summary>
    public IReadOnlyList<int> Sound { get; private set; } = [];

    /// <summary>The decoder with a size: where none is given, that of the first sound picture.</summary>
    public PictureDecoder WithSize()
    {
        if (decoder.Height is not null)
            return decoder;
        PictureException? first = null;
        foreach (var file in listing.Files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                var (_, height, width) = decoder.Decode(PathOf(file));
                // The others are not resized to it: another size is a problem.
                return decoder with { Height = height, Width = width };
            }
            catch (PictureException e)
            {
                first ??= e;
                if (damaged == DamagedFiles.Refuse)
                    throw;
            }
        }
        throw NoneIsSound(first!.Problem);
    }

    /// <summary>Decodes every file.</summary>
    /// <param name="size">The size that all have, or are resized to.</param>
    /// <param name="decoded">Takes what is sound, on any thread.</param>
    /// <returns>What is damaged.</returns>
    public IReadOnlyList<DamagedPicture> Run(PictureDecoder size, Action<int, byte[]> decoded)
    {
        var problems = new string?[listing.Files.Count];
        var done = 0;
        // Parallel.For takes one worker more than the processors that .NET is told of: a process limited to one thread would use two.
        Parallel.For(
            0, problems.Length,
            new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i =>
            {
                problems[i] = ProblemOf(i, size, decoded);
                progress?.Report((double)Interlocked.Increment(ref done) / problems.Length);
            });
        Sound = [.. Enumerable.Range(0, problems.Length).Where(i => problems[i] is null)];
        var found = problems.Index().Where(pair => pair.Item is not null)
            .Select(pair => new DamagedPicture(listing.Files[pair.Index], pair.Item!)).ToList();
        if (found.Count > 0 && damaged == DamagedFiles.Refuse)
            throw Refusal(found);
        return Sound.Count > 0 ? found : throw NoneIsSound(found[0].ToString());
    }

    private string? ProblemOf(int file, PictureDecoder size, Action<int, byte[]> decoded)
    {
        try
        {
            var (pixels, height, width) = decoder.Decode(PathOf(listing.Files[file]));
            if (height != size.Height || width != size.Width)
                return FormattableString.Invariant(
                    $"it has {height} x {width} pixels, where the first has {size.Height} x {size.Width}; ")
                    + "give Height and Width, so that pictures are resized";
            decoded(file, pixels);
            return null;
        }
        catch (PictureException e)
        {
            return e.Problem;
        }
    }

    private PictureException Refusal(List<DamagedPicture> found)
    {
        var rest = found.Count - MostNamed;
        return new(
            listing.Folder, FormattableString.Invariant($"{found.Count} of {listing.Files.Count} pictures cannot be read; remove them, or ")
                + $"leave them out with Damaged = DamagedFiles.Skip:\n  {string.Join("\n  ", found.Take(MostNamed))}"
                + (rest > 0 ? FormattableString.Invariant($"\n  and {rest} more") : ""));
    }

    private PictureException NoneIsSound(string problem)
        => new(listing.Folder, $"none of its {listing.Files.Count} pictures can be read; the first: {problem}");

    private string PathOf(string file) => Path.Combine(listing.Folder, file);
}
