using System.Diagnostics;
using System.Net.Http.Json;
using TorchSharp;

namespace VaeToolkit.Samples;

/// <summary>
/// Many clients at once, in the service's own process, so that they share its processors: how many requests a second, how long they take,
/// whether the answers are those that a single client got, and what is left in memory.
/// </summary>
internal static class LoadTest
{
    private const int DifferentRequests = 80;
    private const int Parts = 10;

    public static async Task Run(Uri address, ServedModel model, int requests, int clients)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = clients }) { BaseAddress = address };
        var kinds = await Requests(http);
        var expected = new byte[kinds.Length][];
        for (var i = 0; i < kinds.Length; i++)
            expected[i] = await Ask(http, kinds[i]);
        // Connections are made, code is compiled and every thread's pools of memory fill first.
        await Send(Math.Max(requests / 10, clients * 10), null);
        var (tensors, memory) = (LiveTensors(), Environment.WorkingSet);
        var milliseconds = new double[requests];
        var (clock, wrong, done) = (Stopwatch.StartNew(), 0, 0);
        for (var part = 1; part <= Parts; part++)
        {
            var next = (int)((long)requests * part / Parts);
            wrong += await Send(next - done, milliseconds.AsMemory(done, next - done));
            done = next;
            Console.WriteLine($"{done} requests, {clock.Elapsed.TotalSeconds:F0} s, {wrong} answered differently, "
                + $"{(Environment.WorkingSet - memory) / 1e6:F1} MB more than before");
        }
        var seconds = clock.Elapsed.TotalSeconds;
        Array.Sort(milliseconds);
        SampleResult.Print("requests_per_second", requests / seconds, "/s", "F0");
        SampleResult.Print("latency_p50", milliseconds[(requests - 1) / 2], "ms");
        SampleResult.Print("latency_p99", milliseconds[(int)Math.Ceiling(requests * 0.99) - 1], "ms");
        SampleResult.Print("wrong_answers", wrong, "", "F0");
        SampleResult.Print("tensors_left", LiveTensors() - tensors, "", "F0");
        SampleResult.Print("memory_added", (Environment.WorkingSet - memory) / 1e6, "MB", "F1");

        async Task<int> Send(int count, Memory<double>? times)
        {
            var (next, different) = (-1, 0);
            await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < count;)
                {
                    var started = Stopwatch.GetTimestamp();
                    var answer = await Ask(http, kinds[i % kinds.Length]);
                    if (times is { } kept)
                        kept.Span[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                    if (!answer.AsSpan().SequenceEqual(expected[i % kinds.Length]))
                        Interlocked.Increment(ref different);
                }
            })));
            return different;
        }
    }

    /// <summary>One item each: a quarter sample, others reconstruct, encode and decode. A body is null where there is none.</summary>
    private static async Task<(string Path, byte[]? Body)[]> Requests(HttpClient http)
    {
        var drawn = (await http.GetFromJsonAsync<ItemsAnswer>("/sample?count=20&seed=1"))!.Items;
        var kinds = new (string, byte[]?)[DifferentRequests];
        for (var i = 0; i < kinds.Length; i++)
        {
            var item = drawn[i % drawn.Length];
            kinds[i] = (i % 4) switch
            {
                0 => ($"/sample?seed={i}", null),
                1 => ("/reconstruct", Json(new ItemsRequest([item]))),
                2 => ("/latent", Json(new ItemsRequest([item]))),
                _ => ("/latent/decode", Json(new CodesRequest([await MeanCode(item)]))),
            };
        }
        return kinds;

        async Task<float[]> MeanCode(float[] item)
        {
            using var response = await http.PostAsJsonAsync("/latent", new ItemsRequest([item]));
            return (await response.Content.ReadFromJsonAsync<LatentAnswer>())!.Posteriors[0].Mean;
        }
    }

    private static byte[] Json<T>(T body)
        => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body, System.Text.Json.JsonSerializerOptions.Web);

    private static async Task<byte[]> Ask(HttpClient http, (string Path, byte[]? Body) kind)
    {
        using var request = new HttpRequestMessage(kind.Body is null ? HttpMethod.Get : HttpMethod.Post, kind.Path);
        if (kind.Body is { } body)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
