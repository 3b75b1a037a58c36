using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks that compute in other ways: on other processors, with other callbacks.</summary>
public sealed class UnlikeRanksTests : IDisposable
{
    private const double Rounding = 2e-5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_that_differ_by_rounding_are_rank_0s_at_an_epochs_end()
    {
        var alone = new Experiment("elbo", Experiment.Short).Run();
        var outcomes = Train("elbo", (rank, _) => rank == 1 ? [new Drift(1 + 3e-7)] : []);
        outcomes[1].DifferenceFrom(outcomes[0]).Should().Be((0, 0, 0));
        outcomes[0].DifferenceFrom(alone).Should().Match<(double Training, double Validation, double Weights)>(
            difference => Math.Max(difference.Training, Math.Max(difference.Validation, difference.Weights)) < Rounding);
    }

    [Fact]
    public void Ranks_may_have_unlike_numbers_of_threads()
    {
        var alone = new Experiment("clipped", Experiment.Short).Run();
        var outcomes = Train("clipped", (rank, _) =>
        {
            torch.set_num_threads(1 + rank);
            return [];
        }, options => options with { GradientClip = 0.5 });
        outcomes[1].DifferenceFrom(outcomes[0]).Should().Be((0, 0, 0));
        outcomes[0].DifferenceFrom(alone).Weights.Should().BeLessThan(Rounding);
    }

    [Fact]
    public void Weights_that_differ_by_more_are_refused_before_they_are_saved()
    {
        var run = _folder["run"];
        FluentActions.Invoking(() => Train(
                "elbo", (rank, _) => rank == 1 ? [new Drift(1 + 1e-3)] : [], options => options with { CheckpointDirectory = run }))
            .Should().Throw<InvalidOperationException>().WithMessage("after epoch 1 rank 1 has other values than rank 0 in 'decoder.*");
        Directory.Exists(Path.Combine(run, "last")).Should().BeFalse();
    }

    [Fact]
    public void What_has_grown_is_rank_0s_where_the_others_have_grown_otherwise()
    {
        var alone = new Experiment("boosted", Experiment.Short).Run();
        var outcomes = Train("boosted", (rank, model) => rank == 1 ? [new Ungrown((BoostedPrior)model.Prior)] : []);
        outcomes[1].DifferenceFrom(outcomes[0]).Should().Be((0, 0, 0));
        outcomes[0].DifferenceFrom(alone).Weights.Should().BeLessThan(Rounding);
    }

    [Theory]
    [InlineData("elbo")]
    [InlineData("iwae")]
    [InlineData("boosted")]
    public void Callbacks_of_rank_0_may_draw_without_a_change_to_the_run(string name)
    {
        var alone = new Experiment(name, Experiment.Short).Run();
        var outcomes = Train(name, (_, _) => [new Sampling()], progresses: true);
        outcomes[1].DifferenceFrom(outcomes[0]).Should().Be((0, 0, 0));
        var (training, validation, weights) = outcomes[0].DifferenceFrom(alone);
        Math.Max(training, Math.Max(validation, weights)).Should().BeLessThan(Rounding);
    }

    private static Outcome[] Train(
        string name, Func<int, Vae, IReadOnlyList<ITrainingCallback<Vae>>> callbacks,
        Func<TrainingOptions, TrainingOptions>? change = null, bool progresses = false)
    {
        var outcomes = new Outcome[2];
        var options = change?.Invoke(Experiment.Short) ?? Experiment.Short;
        var trainees = outcomes.Select(_ => (Trainee<Vae>)new Experiment(name, options).Make()).ToArray();
        RankThreads.Run(2, exchange =>
        {
            using var trainee = trainees[exchange.Rank];
            outcomes[exchange.Rank] = trainee.Train(
                options with { Exchange = exchange }, callbacks(exchange.Rank, (Vae)trainee.Model),
                progresses ? new Drawing((Vae)trainee.Model) : null);
        });
        return outcomes;
    }

    // A processor that rounds otherwise.
    private sealed class Drift(double factor) : ITrainingCallback<Vae>
    {
        public bool RunsOnEveryRank => true;

        public void StepEnded(Vae model, StepResult result)
        {
            using var noGradient = torch.no_grad();
            foreach (var weight in model.Decoder.parameters())
                weight.mul_(factor);
        }
    }

    // It comes after the growth, in the step in which it is.
    private sealed class Ungrown(BoostedPrior prior) : ITrainingCallback<Vae>
    {
        private int _components = prior.ComponentCount;

        public bool RunsOnEveryRank => true;

        public void StepEnded(Vae model, StepResult result)
        {
            if (prior.ComponentCount == _components)
                return;
            _components = prior.ComponentCount;
            using var noGradient = torch.no_grad();
            foreach (var buffer in prior.buffers().Where(buffer => buffer.is_floating_point()))
                buffer.mul_(0.9);
        }
    }

    private sealed class Drawing(Vae model) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => model.Sample(5).Dispose();
    }

    private sealed class Sampling : ITrainingCallback<Vae>
    {
        public void StepEnded(Vae model, StepResult result) => model.Sample(16).Dispose();

        public void EpochEnded(Vae model, EpochSummary summary) => model.Sample(3, draws: true).Dispose();
    }
}
