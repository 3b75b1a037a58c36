using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VaeToolkit.Samples;

/// <summary>
/// Good clients and bad ones at once, over all endpoints: bodies that are broken, too long or cut off, connections that end while they are
/// being answered, headers without end, pages that are reloaded. No answer may be the service's fault, whatever is asked.
/// </summary>
internal static class RoughTest
{
    private const int LongestAnswer = 4096;

    /// <returns>How many answers were the service's fault.</returns>
    public static async Task<int> Run(Uri address, int itemSize, int latentSize, int requests, int clients)
    {
        var kinds = Kinds(itemSize, latentSize);
        var counts = new ConcurrentDictionary<(string Kind, string Answer), int>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (int i; (i = Interlocked.Increment(ref next)) < requests;)
            {
                var (name, bytes, leaves) = kinds[i % kinds.Count];
                var answer = await Ask(address, bytes, leaves, random);
                counts.AddOrUpdate((name, answer), 1, (_, count) => count + 1);
            }
        })));
        foreach (var ((name, answer), count) in counts.OrderBy(pair => pair.Key))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-34} {answer,-12} {count,7}"));
        var faults = Sum(answer => answer.StartsWith('5') && answer != "503");
        SampleResult.Print("faults_of_the_service", faults, "", "F0");
        SampleResult.Print("answers_too_busy", Sum(answer => answer == "503"), "", "F0");
        return faults;

        int Sum(Func<string, bool> isMeant) => counts.Where(pair => isMeant(pair.Key.Answer)).Sum(pair => pair.Value);
    }

    // The status, or how the connection ended. A client that leaves resets its connection, at once or after a while.
    private static async Task<string> Ask(Uri address, byte[] bytes, bool leaves, Random random)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new(true, 0), NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, address.Port);
            await socket.SendAsync(bytes);
            if (leaves)
            {
                await Task.Delay(random.Next(20));
                return "left";
            }
            var (buffer, length) = (new byte[LongestAnswer], 0);
            while (length < buffer.Length && await socket.ReceiveAsync(buffer.AsMemory(length)) is > 0 and var more)
            {
                length += more;
                if (buffer.AsSpan(0, length).IndexOf("\r\n"u8) >= 0)
                    break;
            }
            var words = Encoding.ASCII.GetString(buffer, 0, length).Split(' ', 3);
            return words.Length == 3 ? words[1] : "closed";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode.ToString();
        }
    }

    private static List<(string Name, byte[] Bytes, bool Leaves)> Kinds(int itemSize, int latentSize)
    {
        var kinds = new List<(string, byte[], bool)>();
        var (item, code) = (Row(itemSize), Row(latentSize));
        (string Path, string Name, string Row)[] posts =
            [("/reconstruct", "items", item), ("/latent", "items", item), ("/latent/decode", "codes", code), ("/score", "items", item)];
        foreach (var path in new[]
        {
            "/", "/page.css", "/page.js", "/drawing.js", "/charts.js", "/health", "/model", "/sample", "/sample?count=64&seed=-1",
            "/nowhere",
            "/sample?count=65", "/sample?count=x", "/sample?seed=9223372036854775808", "/sample?count=%00", "/%2e%2e/%00", "/latent",
        })
            Add("GET " + path, Get(path), leaves: true);
        Add("GET /sample as a picture", Get("/sample?count=9", "Accept: image/png\r\n"), leaves: true);
        Add("GET with a broken Accept", Get("/sample", "Accept: ;;,q=\u00ff, image/\r\n"));
        Add("GET with a header of 40 kB", Get("/health", $"X-Long: {new string('x', 40_000)}\r\n"));
        Add("GET with 200 headers", Get("/health", string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: 1\r\n"))));
        Add("GET with a line of 20 kB", Get("/" + new string('x', 20_000)));
        Add("no HTTP", "hello\r\n\r\n"u8.ToArray());
        Add("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        foreach (var (path, name, row) in posts)
        {
            var one = $"{{\"{name}\": [{row}]}}";
            Add("POST " + path, Body(path, one), leaves: true);
            Add("POST 64 to " + path, Body(path, $"{{\"{name}\": [{string.Join(',', Enumerable.Repeat(row, 64))}]}}"), leaves: true);
            foreach (var bad in new[]
            {
                "", "null", "[]", "{}", $"{{\"{name}\": null}}", $"{{\"{name}\": [null]}}", $"{{\"{name}\": [[1e999]]}}", "{\"x\": 1}",
                $"{{\"{name}\": []", $"{{\"{name}\": [[NaN]]}}", one + one, new string('[', 5000),
                $"{{\"{name}\": [{row.Replace("0.5", "\"1\"")}]}}",
            })
                Add("POST a bad body", Body(path, bad));
            foreach (var type in new[]
            {
                "text/plain", "application/json; charset=nothing", "application/json; charset=utf-7", "application/json; charset=utf-16",
                "application/json; charset=\"\"", "application/json; charset=iso-8859-1", "nonsense",
            })
                Add($"POST {type}", Body(path, one, type));
            Add("POST broken UTF-8", [.. Body(path, new string('x', 4))[..^4], 0xff, 0xfe, 0xc0, 0x80]);
            Add("POST 2 MB", Body(path, new string(' ', 2 << 20)));
            Add("POST cut off", Body(path, one)[..^10], leaves: true, stays: false);
            Add("POST bad chunks", Ascii($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\nzz\r\nnothing\r\n"));
            Add("POST chunks cut off", Ascii($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\nfff\r\n{"), leaves: true, stays: false);
            Add("POST without a length", Ascii($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n"));
            Add("DELETE", Ascii($"DELETE {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        }
        return kinds;

        void Add(string name, byte[] bytes, bool leaves = false, bool stays = true)
        {
            if (stays)
                kinds.Add((name, bytes, false));
            if (leaves)
                kinds.Add((name, bytes, true));
        }
    }

    private static string Row(int width) => $"[{string.Join(',', Enumerable.Repeat("0.5", width))}]";

    private static byte[] Get(string path, string headers = "") => Ascii($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

    private static byte[] Body(string path, string body, string type = "application/json")
        => Ascii(FormattableString.Invariant(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));

    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);
}
