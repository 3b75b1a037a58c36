using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>A warm-up that is longer than the training, and epochs within one that is not.</summary>
public sealed class WarmUpTests : IDisposable
{
    private readonly TensorData _data = TinyData.Make(40, seed: 1);
    private readonly Vae _vae = new(
        new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));

    public void Dispose()
    {
        _data.Dispose();
        _vae.Dispose();
    }

    [Fact]
    public void One_that_is_longer_than_the_training_is_found_with_its_last_beta()
    {
        Finding(new() { WarmUp = BetaWarmUp.OverEpochs(400) }, epochs: 20).Should().Be(
            "The warm-up of 'beta' goes over 400 epochs, but training ends after 20 epochs: its last value is 0.05, not 1; shorten it, or "
            + "train longer.");
        Finding(new() { WarmUp = BetaWarmUp.OverSteps(100), Beta = BetaWeight.OnKl(4) }, epochs: 10).Should()
            .Contain("over 100 steps").And.Contain("after 40 steps").And.Contain("last value is 1.6, not 4");
        Finding(new() { Capacity = new(25, 100) }, epochs: 10).Should().Contain("'capacity'").And.Contain("last value is 9.75, not 25");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(19)]
    public void One_as_long_as_the_training_or_shorter_is_none(int length)
    {
        var options = new TrainingOptions { BatchSize = 10, Epochs = 20 };
        PreFlight.Check(_vae, new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(length) }), _data, null, options);
        PreFlight.Check(_vae, new Elbo(new() { WarmUp = BetaWarmUp.OverSteps(4 * length) }), _data, null, options);
        PreFlight.Check(_vae, new Elbo(new() { Capacity = new(25, 4 * length) }), _data, null, options);
        PreFlight.Check(_vae, new Elbo(new() { Beta = BetaWeight.OnKl(0), WarmUp = BetaWarmUp.OverEpochs(99) }), _data, null, options);
    }

    [Fact]
    public void What_the_objective_has_counted_before_is_counted()
    {
        var elbo = new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(30) }) { EpochsFinished = 10 };
        PreFlight.Check(_vae, elbo, _data, null, new() { BatchSize = 10, Epochs = 20 });
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Epochs_before_its_end_are_not_the_best(bool validates, bool byStep)
    {
        // The loss grows with the weight, by one every epoch, and stays from then on.
        var result = Fit(new Rising(byStep ? BetaWarmUp.OverSteps(5 * 4) : BetaWarmUp.OverEpochs(5)), new() { Epochs = 9 }, validates);
        result.History.Select(epoch => epoch.IsWarmUp).Should().Equal(true, true, true, true, true, false, false, false, false);
        result.Best.Epoch.Should().Be(6);
    }

    [Fact]
    public void Where_no_epoch_counts_the_last_is_the_best()
        => Fit(new Rising(BetaWarmUp.OverEpochs(4)), new() { Epochs = 4 }, validates: true).Best.Epoch.Should().Be(4);

    [Fact]
    public void Patience_begins_after_it()
    {
        var result = Fit(new Rising(BetaWarmUp.OverEpochs(6)), new() { Epochs = 30, Patience = 2 }, validates: true);
        result.Reason.Should().Be(StopReason.EarlyStopped);
        result.History.Should().HaveCount(6 + 1 + 2, "the seventh epoch is the first that counts, and two more are no better");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_plateau_is_looked_for_after_it_only(bool validates)
    {
        var options = new TrainingOptions
        {
            Epochs = 9,
            LearningRate = 0.01,
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor: 0.5, patience: 0),
        };
        var rates = Fit(new Rising(BetaWarmUp.OverEpochs(5)), options, validates).History.Select(epoch => epoch.LearningRate).ToArray();
        rates[..7].Should().AllBeEquivalentTo(0.01, "the first epoch that counts is the sixth");
        rates[^1].Should().BeLessThan(0.01);
    }

    [Fact]
    public void A_resumed_run_counts_the_same_epochs()
    {
        using var folder = new TemporaryFolder();
        var options = new TrainingOptions
        {
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor: 0.5, patience: 0),
        };
        var whole = Fit(new Rising(BetaWarmUp.OverEpochs(5)), options with { Epochs = 9 }, validates: true);
        var parts = options with { CheckpointDirectory = folder["run"], PreFlight = false };
        Fit(new Rising(BetaWarmUp.OverEpochs(5)), parts with { Epochs = 3 }, validates: true);
        var resumed = Fit(new Rising(BetaWarmUp.OverEpochs(5)), parts with { Epochs = 9, Resume = true }, validates: true);
        resumed.Best.Epoch.Should().Be(whole.Best.Epoch);
        resumed.History.Select(epoch => (epoch.LearningRate, epoch.IsWarmUp))
            .Should().Equal(whole.History.Select(epoch => (epoch.LearningRate, epoch.IsWarmUp)));
    }

    private string Finding(ElboOptions elbo, int epochs)
        => FluentActions.Invoking(() => Trainer.Fit(_vae, new Elbo(elbo), _data, null, new() { BatchSize = 10, Epochs = epochs }))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle().Which;

    private TrainingResult Fit(Objective<TinyModel> objective, TrainingOptions options, bool validates)
    {
        using var model = TinyModel.Seeded();
        return Trainer.Fit(model, objective, _data, validates ? _data : null, options with { BatchSize = 10 });
    }

    /// <summary>The epochs finished, up to the warm-up's length: a loss that no training makes smaller.</summary>
    private sealed class Rising(BetaWarmUp warmUp) : Objective<TinyModel>
    {
        public override WarmUpPlan? WarmUpPlan => new("weight", 1, warmUp);

        public override ObjectiveResult Compute(TinyModel model, Batch batch)
            => new(model.parameters().Select(parameter => parameter.sum() * 0).Aggregate((a, b) => a + b) + Math.Min(EpochsFinished, 5));
    }
}
