using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace VaeToolkit.Samples.Tests;

/// <summary>Limits of time and of requests at once, with the test holding the model's only place.</summary>
[Collection(OneService.Name)]
public sealed class LimitTests(RunningService service)
{
    private static readonly Uri s_sample = new("/sample", UriKind.Relative);

    [Fact]
    public async Task A_request_that_takes_too_long_is_refused_and_the_next_is_answered()
    {
        await using var small = await service.Start(new() { Concurrency = 1, Time = TimeSpan.FromMilliseconds(100) });
        using var client = new HttpClient { BaseAddress = RunningService.AddressOf(small) };
        using (await GateOf(small).Enter(default))
        {
            using var late = await client.GetAsync(s_sample);
            await RefusalTests.IsProblem(late, HttpStatusCode.ServiceUnavailable, "this took longer than 0.1 s; ask again, or for less");
            late.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_request_that_finds_the_queue_full_is_refused_at_once()
    {
        await using var small = await service.Start(new() { Concurrency = 1, Queue = 1, Time = TimeSpan.FromMinutes(5) });
        using var client = new HttpClient { BaseAddress = RunningService.AddressOf(small) };
        Task<IDisposable> waiting;
        using (await GateOf(small).Enter(default))
        {
            waiting = GateOf(small).Enter(default);
            using var refused = await client.GetAsync(s_sample);
            await RefusalTests.IsProblem(refused, HttpStatusCode.ServiceUnavailable, "1 requests are waiting already; ask again");
        }
        (await waiting).Dispose();
        (await client.GetAsync(s_sample)).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_sends_its_body_slowly_holds_no_place()
    {
        await using var small = await service.Start(new() { Concurrency = 1, Queue = 0, Time = TimeSpan.FromMinutes(5) });
        var address = RunningService.AddressOf(small);
        using var client = new HttpClient { BaseAddress = address };
        using (await Sending("/score", address))
            (await client.GetAsync(s_sample)).StatusCode.Should().Be(HttpStatusCode.OK);
        await small.StopAsync();
    }

    [Fact]
    public async Task A_body_that_never_ends_is_refused()
    {
        await using var small = await service.Start(new() { Time = TimeSpan.FromMilliseconds(100) });
        using var slow = await Sending("/score", RunningService.AddressOf(small));
        using var answer = new StreamReader(slow.GetStream());
        (await answer.ReadLineAsync()).Should().Be("HTTP/1.1 503 Service Unavailable");
    }

    private static WorkGate GateOf(WebApplication service) => service.Services.GetRequiredService<WorkGate>();

    private static async Task<TcpClient> Sending(string path, Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
            + "{\"items\":"));
        return client;
    }
}
