using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;
using VaeToolkit.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Samples.Tests;

/// <summary>
/// What happens to a request whose time is over while the model works for it. A decoder that the test watches holds it there until
/// another request, which came later, was told that its time is over.
/// </summary>
public sealed class TimeTests : IDisposable
{
    private const int ChunksOfScore = 50;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(9);
    private readonly WatchedDecoder _decoder = new(new MlpDecoder(2, [8], ObservationModel.Bernoulli(1, 4, 4)));
    private readonly TensorData _data = new(torch.rand(30, 1, 4, 4).round());

    public void Dispose()
    {
        _data.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("/score", "items", 16)]
    [InlineData("/reconstruct", "items", 16)]
    [InlineData("/latent/decode", "codes", 2)]
    [InlineData("/sample", null, 0)]
    public async Task Work_that_outlasts_its_time_is_given_up_and_answered_with_503(string path, string? body, int width)
    {
        using var model = Model();
        await using var service = Service.Build(
            model, new() { Concurrency = 1, Time = TimeSpan.FromMilliseconds(500) }, port: 0);
        await service.StartAsync();
        using var client = new HttpClient { BaseAddress = RunningService.AddressOf(service) };
        using var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var passes = 0;
        _decoder.Pass = () =>
        {
            passes++;
            entered.TrySetResult();
            release.Wait();
        };
        try
        {
            // A machine that is busy may be late before the model is asked; then the request says nothing of the model.
            var working = Asked();
            for (var tries = 0; await Task.WhenAny(entered.Task, working) == working && !entered.Task.IsCompleted; tries++)
            {
                using var early = await working;
                early.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
                tries.Should().BeLessThan(20);
                working = Asked();
            }
            using (var waiting = await client.GetAsync(new Uri("/health", UriKind.Relative)))
                waiting.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            release.Set();
            using var late = await working;
            await RefusalTests.IsProblem(late, HttpStatusCode.ServiceUnavailable, "this took longer than 0.5 s; ask again, or for less");
        }
        finally
        {
            release.Set();
        }
        passes.Should().BeLessThan(ChunksOfScore / 2);

        Task<HttpResponseMessage> Asked() => body is null
            ? client.GetAsync(new Uri(path, UriKind.Relative))
            : client.PostAsJsonAsync(path, new Dictionary<string, float[][]> { [body] = [new float[width]] });
        (await service.Services.GetRequiredService<WorkGate>().Run(_ => 7, default)).Should().Be(7, "its place is free again");
    }

    [Fact]
    public async Task Neither_begins_work_whose_time_is_over_nor_keeps_an_answer_that_came_too_late()
    {
        using var gate = new WorkGate(new());
        var begun = 0;
        await FluentActions.Awaiting(() => gate.Run(_ => begun++, new CancellationToken(canceled: true)))
            .Should().ThrowAsync<OperationCanceledException>();
        begun.Should().Be(0);
        using var source = new CancellationTokenSource();
        await FluentActions.Awaiting(() => gate.Run(stop =>
        {
            source.Cancel();
            return stop.IsCancellationRequested ? 1 : 2;
        }, source.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    private ServedModel Model() => new(new Vae(new MlpEncoder(16, 2, [8]), _decoder, new StandardNormalPrior(2)), _data);
}
