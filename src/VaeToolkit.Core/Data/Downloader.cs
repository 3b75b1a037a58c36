using System.IO.Compression;
using System.Security.Cryptography;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>
/// Fetches the files of an image set. A file appears under its name only after its size, its unpacked length and its checksum were found
/// right.
/// </summary>
internal sealed class Downloader
{
    private static readonly TimeSpan s_timeoutPerFile = TimeSpan.FromMinutes(5);

    private readonly Func<HttpMessageHandler> _handlers;
    private readonly TimeSpan _timeout;

    public Downloader()
        : this(() => new SocketsHttpHandler(), s_timeoutPerFile)
    {
    }

    /// <param name="handlers">Makes what answers the requests.</param>
    /// <param name="timeout">The most time for one file from one mirror.</param>
    internal Downloader(Func<HttpMessageHandler> handlers, TimeSpan timeout) => (_handlers, _timeout) = (handlers, timeout);

    /// <summary>Fetches what a folder lacks of a set.</summary>
    /// <exception cref="DownloadException">No mirror gave a good file.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Fetch(ImageSet set, string folder)
    {
        Directory.CreateDirectory(folder);
        using var client = new HttpClient(_handlers()) { Timeout = Timeout.InfiniteTimeSpan };
        foreach (var file in set.Files)
        {
            var path = Path.Combine(folder, file.Name + ".gz");
            if (!File.Exists(path))
                FetchFile(client, set, file, path);
        }
    }

    private void FetchFile(HttpClient client, ImageSet set, ImageSetFile file, string path)
    {
        var failures = new List<Exception>();
        foreach (var mirror in set.Mirrors)
        {
            var address = new Uri(mirror, file.Name + ".gz");
            try
            {
                FetchFrom(client, address, file, path);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or DownloadException or InvalidDataException or HttpIOException)
            {
                failures.Add(new DownloadException($"{address}: {e.Message}", e));
            }
        }
        throw new DownloadException(
            $"{set.Name} could not be fetched. {string.Join(" ", failures.Select(e => e.Message))} Instead, {set.HowToInstall}.",
            failures[^1]);
    }

    private void FetchFrom(HttpClient client, Uri address, ImageSetFile file, string path)
    {
        var temporary = AtomicFile.TemporaryNameFor(path);
        try
        {
            using (var cancel = new CancellationTokenSource(_timeout))
                Save(client, address, file, temporary, cancel.Token).GetAwaiter().GetResult();
            Verify(file, temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch (OperationCanceledException)
        {
            throw new DownloadException(FormattableString.Invariant($"nothing complete came within {_timeout.TotalSeconds} s."));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task Save(HttpClient client, Uri address, ImageSetFile file, string temporary, CancellationToken cancel)
    {
        using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentLength > file.LongestDownload)
            throw TooLong(file);
        using var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using var target = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[1 << 16];
        for (int read; (read = await body.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            if (target.Position + read > file.LongestDownload)
                throw TooLong(file);
            await target.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
        }
    }

    private static void Verify(ImageSetFile file, string temporary)
    {
        using var packed = File.OpenRead(temporary);
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        var length = 0L;
        for (int read; length <= file.UnpackedLength && (read = unpacked.Read(buffer)) > 0; length += read)
            hash.AppendData(buffer, 0, read);
        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (length != file.UnpackedLength || found != file.UnpackedSha256)
            throw new DownloadException($"the content is not what it should be (SHA-256 {found}, {file.UnpackedSha256} expected).");
    }

    private static DownloadException TooLong(ImageSetFile file) =>
        new($"the answer is longer than the {file.LongestDownload} bytes that the file can have.");
}
