using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class PreFlightTests : IDisposable
{
    private readonly TensorData _data = TinyData.Make(20, seed: 1);
    private readonly TinyModel _model = TinyModel.Seeded();
    private readonly TrainingOptions _options = new() { BatchSize = 10 };

    public void Dispose()
    {
        _data.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void A_sound_run_passes_and_nothing_is_changed()
    {
        var objective = new TinyObjective();
        var before = _model.Values();
        using var seed = SeedScope.Begin(4);
        using var expected = torch.randn([3]);
        seed.Dispose();
        using var again = SeedScope.Begin(4);
        _model.eval();

        PreFlight.Check(_model, objective, _data, _data, _options);

        using var after = torch.randn([3]);
        after.data<float>().ToArray().Should().Equal(expected.data<float>().ToArray());
        _model.Values().Should().Equal(before, "the buffer that counts passes is put back too");
        _model.training.Should().BeFalse();
        _model.parameters().All(p => p.grad is null).Should().BeTrue();
        objective.StepsTaken.Should().Be(0);
    }

    [Fact]
    public void All_findings_come_at_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var objective = new Unused { NonFinite = true };

        var findings = Findings(() => PreFlight.Check(
            _model, objective, _data, null, _options with { BatchSize = 30, Patience = 2, CheckpointDirectory = folder["file"] }));

        findings.Should().HaveCount(7);
        findings.Should().ContainMatch("*batch size is 30*only 20*");
        findings.Should().ContainMatch("Patience is 2*");
        findings.Should().ContainMatch($"The checkpoint folder '{folder["file"]}' cannot be written:*");
        findings.Should().ContainMatch("'error' is NaN*");
        findings.Should().ContainMatch("'loss' is NaN*");
        findings.Should().ContainMatch("The gradient of 'linear.weight' is not finite*");
        findings.Should().ContainMatch("*'linear.bias' gets no gradient*");
    }

    [Fact]
    public void A_model_that_does_not_fit_the_data_is_found()
    {
        using var wide = TinyData.Make(20, seed: 1, size: 7);
        Findings(() => PreFlight.Check(_model, new TinyObjective(), wide, null, _options))
            .Should().ContainSingle().Which.Should().StartWith("A step with the first training batch [10, 7] fails: ");
    }

    [Fact]
    public void Fit_looks_first_and_can_be_told_not_to()
    {
        var run = (bool look) =>
            FluentActions.Invoking(() => Trainer.Fit(_model, new Unused(), _data, null, _options with { Epochs = 1, PreFlight = look }));
        run(true).Should().Throw<PreFlightException>().WithMessage("*'linear.bias'*");
        run(false).Should().NotThrow();
    }

    [Fact]
    public void Data_outside_the_likelihoods_support_are_found()
    {
        using var vae = new Vae(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        using var tensor = torch.full([20, 6], 2.0f);
        using var bad = new TensorData(tensor);
        var findings = Findings(() => PreFlight.Check(vae, new Elbo(), _data, bad, _options));
        findings.Should().ContainSingle().Which
            .Should().StartWith("Item 0 of the validation data is outside the likelihood's support: ");
        PreFlight.Check(vae, new Elbo(), _data, _data, _options);
    }

    [Fact]
    public void It_leaves_no_tensor_behind()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        PreFlight.Check(_model, new TinyObjective(), _data, _data, _options);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    private static IReadOnlyList<string> Findings(Action act) => act.Should().Throw<PreFlightException>().Which.Findings;

    /// <summary>Uses the weights but not the bias.</summary>
    private sealed class Unused : Objective<TinyModel>
    {
        public bool NonFinite { get; init; }

        public override ObjectiveResult Compute(TinyModel model, Batch batch)
        {
            var error = torch.nn.functional.linear(batch.Items, model.parameters().First()).square().mean() * (NonFinite ? double.NaN : 1);
            return new(error, new ObjectiveTerm("error", error));
        }
    }
}
