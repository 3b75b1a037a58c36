using TorchSharp;
using VaeToolkit.Training;
using Xunit.Abstractions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>A training by several ranks is the training by one.</summary>
public sealed class EqualityTests(ITestOutputHelper output) : IDisposable
{
    // Of float32 numbers, after a dozen steps of Adam.
    private const double Rounding = 2e-5;

    private readonly int _threads = OneThread();

    public static IEnumerable<object[]> Divided
        => from name in Experiment.Names
           from ranks in new[] { 2, 4 }
           where ranks == 4 || name is "elbo" or "capacity" or "free-nats" or "m2" or "m2-bound" or "m2-labels" or "vamp-dropout-10"
           select new object[] { name, ranks };

    public static TheoryData<string> InHalves => [.. Experiment.InHalves];

    public void Dispose() => torch.set_num_threads(_threads);

    [Theory]
    [MemberData(nameof(Divided))]
    public void Ranks_have_the_losses_terms_and_weights_of_one_process(string name, int ranks)
    {
        var experiment = new Experiment(name, Experiment.Short);
        Compare(experiment, ranks, training: Rounding);
    }

    [Theory]
    [MemberData(nameof(InHalves))]
    public void Two_ranks_have_the_bits_of_two_halves(string name)
    {
        var experiment = new Experiment(name, Experiment.Short with { SplitBatches = true });
        // One process divides the pseudo-inputs too, whose gradients then come in another order.
        Compare(experiment, ranks: 2, training: name == "vamp" ? Rounding : 0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void More_ranks_than_halves_draw_what_the_halves_draw(int ranks)
        => Compare(new("elbo", Experiment.Short with { SplitBatches = true }), ranks, Rounding);

    private void Compare(Experiment experiment, int ranks, double training)
    {
        var alone = experiment.Run();
        var outcomes = new Outcome[ranks];
        var trainees = Enumerable.Range(0, ranks).Select(_ => experiment.Make()).ToArray();
        RankThreads.Run(ranks, exchange => outcomes[exchange.Rank]
            = (experiment with { Options = experiment.Options with { Exchange = exchange } }).Run(trainees[exchange.Rank]));
        foreach (var outcome in outcomes)
            outcome.DifferenceFrom(outcomes[0]).Should().Be((0, 0, 0), "all ranks have the same");
        var (losses, validation, weights) = outcomes[0].DifferenceFrom(alone);
        output.WriteLine($"{experiment.Name}, {ranks} ranks: training {losses:E1}, validation {validation:E1}, weights {weights:E1}");
        losses.Should().BeLessThanOrEqualTo(training);
        weights.Should().BeLessThanOrEqualTo(training);
        validation.Should().BeLessThanOrEqualTo(Rounding, "one process does not halve its validation");
    }

    private static int OneThread()
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(1);
        return before;
    }
}
