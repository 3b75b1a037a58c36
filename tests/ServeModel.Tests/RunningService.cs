using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Samples.Tests;

/// <summary>
/// The service on a free port, over a small model of drawn digits; and a frozen copy of the model, whose answers are those to expect.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync.")]
public sealed class RunningService : IAsyncLifetime
{
    private readonly ImageData _data = ImageData.SyntheticDigits(600, 100, seed: 3);
    private ServedModel _model = null!;
    private WebApplication _service = null!;

    public FrozenVae Frozen { get; private set; } = null!;

    public AnomalyDetector Detector { get; private set; } = null!;

    public LatentActivity Activity { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public Uri Address => Client.BaseAddress!;

    public async Task InitializeAsync()
    {
        torch.set_num_threads(1);
        using var seed = SeedScope.Begin(3);
        var vae = new Vae(
            new MlpEncoder(784, latentSize: 4, hidden: [32]),
            new MlpDecoder(latentSize: 4, hidden: [32], ObservationModel.Bernoulli(1, 28, 28)),
            new StandardNormalPrior(4));
        Trainer.Fit(vae, new Elbo(), _data, options: new() { Epochs = 8, BatchSize = 50, Seed = 3, LearningRate = 3e-3 });
        Frozen = vae.Freeze();
        Detector = AnomalyDetector.Fit(Frozen, _data.Test!);
        Activity = Evaluate.ActiveUnits(vae, _data.Test!);
        _model = new(vae, _data.Test!);
        // Limits have tests of their own.
        _service = await Start(new() { Time = TimeSpan.FromMinutes(5) });
        Client = new() { BaseAddress = AddressOf(_service) };
    }

    /// <summary>Another service over the same model.</summary>
    internal async Task<WebApplication> Start(ServiceLimits limits)
    {
        var service = Service.Build(_model, limits, port: 0);
        await service.StartAsync();
        return service;
    }

    public static Uri AddressOf(WebApplication service) => new(service.Urls.First());

    /// <summary>Test images <c>[N, 784]</c>, from the first.</summary>
    public torch.Tensor Images(int count)
    {
        using var batches = _data.Test!.InOrder(count).GetEnumerator();
        batches.MoveNext();
        return batches.Current.Items.flatten(1).clone();
    }

    internal async Task<T> Get<T>(string path) => (await Client.GetFromJsonAsync<T>(path))!;

    internal async Task<T> Post<T>(string path, object body)
    {
        using var response = await Client.PostAsJsonAsync(path, body);
        response.StatusCode.Should().Be(System.Net.HttpStatusCode.OK);
        return (await response.Content.ReadFromJsonAsync<T>())!;
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _service.DisposeAsync();
        _model.Dispose();
        Detector.Dispose();
        Frozen.Dispose();
        _data.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class OneService : ICollectionFixture<RunningService>
{
    public const string Name = "one service";
}
