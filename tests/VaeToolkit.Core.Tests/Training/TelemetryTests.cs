using System.Diagnostics;
using System.Diagnostics.Metrics;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>What a listener of .NET's diagnostics hears of a training is what the training's own record says.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public void Steps_items_losses_checkpoints_and_epochs_are_told_to_who_listens()
    {
        var (heard, epochs) = (new Dictionary<string, List<double>>(), new List<int>());
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "VaeToolkit")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        meters.Start();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "VaeToolkit",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("epoch") is int epoch)
                    epochs.Add(epoch);
            },
        };
        ActivitySource.AddActivityListener(activities);
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var data = new TensorData(torch.rand(25, 6));
        using var vae = new Vae(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        var result = Trainer.Fit(
            vae, new Elbo(), data, options: new() { Epochs = 3, BatchSize = 10, CheckpointDirectory = folder.Folder });

        heard["vaetoolkit.training.steps"].Sum().Should().Be(9);
        heard["vaetoolkit.training.items"].Should().Equal(10, 10, 5, 10, 10, 5, 10, 10, 5);
        var losses = heard["vaetoolkit.training.loss"];
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var of = losses.GetRange(epoch * 3, 3);
            result.History[epoch].TrainLoss.Should().BeApproximately((of[0] * 10 + of[1] * 10 + of[2] * 5) / 25, 1e-9);
        }
        heard["vaetoolkit.training.items_per_second"].Should().HaveCount(3).And.OnlyContain(rate => rate > 0);
        heard["vaetoolkit.training.checkpoints"].Sum().Should().BeGreaterThanOrEqualTo(3);
        epochs.Should().Equal(1, 2, 3);

        void Hear(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            tags.ToArray().Should().ContainSingle().Which.Should().Be(new KeyValuePair<string, object?>("objective", nameof(Elbo)));
            (heard.TryGetValue(name, out var values) ? values : heard[name] = []).Add(value);
        }
    }
}
