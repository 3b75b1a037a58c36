using System.Net;
using System.Security.Cryptography;

namespace VaeToolkit.Tests.Data;

public sealed class DownloaderTests
{
    private static readonly byte[] s_images = IdxContent.With([7, 7, 7, 7], 1, 2, 2);
    private static readonly byte[] s_labels = IdxContent.With([7], 1);

    [Fact]
    public void Files_are_fetched_checked_and_read_and_not_fetched_again()
    {
        using var folder = new TemporaryFolder();
        var server = new Server(Good);
        var places = new SearchPlaces(null, null, folder["data"], folder["cache"]);
        for (var i = 0; i < 2; i++)
        {
            using var data = ImageFolder.Load(Set(), places, Binarisation.None, download: true, With(server));
            data.ReadLabels().Should().Equal(7);
        }
        server.Asked.Should().HaveCount(4);
        Directory.GetFiles(folder["cache/small"]).Should().HaveCount(4).And.OnlyContain(file => file.EndsWith(".gz"));
    }

    [Fact]
    public void The_next_mirror_is_asked_when_one_fails()
    {
        using var folder = new TemporaryFolder();
        var server = new Server(address => address.Host == "one.test" ? new HttpResponseMessage(HttpStatusCode.NotFound) : Good(address));
        With(server).Fetch(Set(), folder.Folder);
        server.Asked.Select(address => address.Host).Should().Equal(
            "one.test", "two.test", "one.test", "two.test", "one.test", "two.test", "one.test", "two.test");
    }

    [Fact]
    public void A_wrong_checksum_leaves_no_file_and_names_the_address() =>
        Failure(_ => Content(IdxContent.Gzip(IdxContent.With([8, 8, 8, 8], 1, 2, 2))))
            .Should().Match("*http://one.test/train-images-idx3-ubyte.gz: the content is not what it should be (SHA-256 *two.test*");

    [Fact]
    public void What_is_no_gzip_is_refused() => Failure(_ => Content([1, 2, 3])).Should().Match("*one.test*two.test*");

    [Fact]
    public void A_gzip_bomb_is_unpacked_no_further_than_the_known_length() =>
        Failure(_ => Content(IdxContent.Gzip(new byte[900_000]))).Should().Match("*not what it should be*");

    [Fact]
    public void An_answer_that_announces_too_much_is_refused() =>
        Failure(_ => Content(new byte[5000])).Should().Match("*longer than the 1044 bytes*");

    [Fact]
    public void An_answer_that_sends_too_much_unannounced_is_refused() =>
        Failure(_ => new HttpResponseMessage { Content = new StreamContent(new Endless()) }).Should().Match("*longer than the 1044 bytes*");

    [Fact]
    public void A_server_that_never_answers_runs_into_the_time_limit() =>
        Failure(null, TimeSpan.FromMilliseconds(20)).Should().Match("*nothing complete came within 0.02 s*");

    private static string Failure(Func<Uri, HttpResponseMessage>? answer, TimeSpan? timeout = null)
    {
        using var folder = new TemporaryFolder();
        var fetch = () => new Downloader(() => new Server(answer), timeout ?? TimeSpan.FromMinutes(1)).Fetch(Set(), folder.Folder);
        var message = fetch.Should().Throw<DownloadException>().Which.Message;
        Directory.GetFiles(folder.Folder).Should().BeEmpty();
        message.Should().Contain("Small could not be fetched").And.Contain("do without");
        return message;
    }

    private static Downloader With(Server server) => new(() => server, TimeSpan.FromMinutes(1));

    private static HttpResponseMessage Good(Uri address) =>
        Content(IdxContent.Gzip(address.AbsolutePath.Contains("images") ? s_images : s_labels));

    private static HttpResponseMessage Content(byte[] content) => new() { Content = new ByteArrayContent(content) };

    private static ImageSet Set() => new(
        "Small",
        "small",
        [
            File("train-images-idx3-ubyte", s_images),
            File("train-labels-idx1-ubyte", s_labels),
            File("t10k-images-idx3-ubyte", s_images),
            File("t10k-labels-idx1-ubyte", s_labels),
        ],
        "",
        [new Uri("http://one.test/"), new Uri("http://two.test/")],
        null,
        "do without");

    private static ImageSetFile File(string name, byte[] content) => new(
        name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>Answers requests in this process; given no answer it never does.</summary>
    private sealed class Server(Func<Uri, HttpResponseMessage>? answer) : HttpMessageHandler
    {
        public List<Uri> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!);
            if (answer is null)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            return answer!(request.RequestUri!);
        }
    }

    /// <summary>A body without end and without length.</summary>
    private sealed class Endless : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
