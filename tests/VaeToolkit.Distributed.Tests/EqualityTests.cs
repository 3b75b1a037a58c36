using TorchSharp;
using VaeToolkit.Training;
using Xunit.Abstractions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>A training by several ranks is the training by one.</summary>
public sealed class EqualityTests(ITestOutputHelper output) : IDisposable
{
    private readonly int _threads = OneThread();

    public static IEnumerable<object[]> Divided
        => from name in Experiment.Names from ranks in new[] { 2, 3, 4 } where ranks != 3 || name is "elbo" or "m2"
           select new object[] { name, ranks };

    public static TheoryData<string> InHalves => [.. Experiment.InHalves];

    public void Dispose() => torch.set_num_threads(_threads);

    [Theory]
    [MemberData(nameof(Divided))]
    public void Ranks_have_the_losses_terms_and_weights_of_one_process(string name, int ranks)
    {
        var experiment = new Experiment(name, Experiment.Short);
        Compare(experiment, ranks, numbers: 2e-5, weights: 2e-5);
    }

    [Theory]
    [MemberData(nameof(InHalves))]
    public void Two_ranks_have_the_bits_of_two_halves(string name)
    {
        var experiment = new Experiment(name, Experiment.Short with { SplitBatches = true });
        var exact = name != "vamp";
        Compare(experiment, ranks: 2, exact ? 0 : 2e-5, exact ? 0 : 2e-5);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void More_ranks_than_halves_draw_what_the_halves_draw(int ranks)
        => Compare(new("elbo", Experiment.Short with { SplitBatches = true }), ranks, 2e-5, 2e-5);

    private void Compare(Experiment experiment, int ranks, double numbers, double weights)
    {
        var alone = experiment.Run();
        var outcomes = new Outcome[ranks];
        var trainees = Enumerable.Range(0, ranks).Select(_ => experiment.Make()).ToArray();
        RankThreads.Run(ranks, exchange => outcomes[exchange.Rank]
            = (experiment with { Options = experiment.Options with { Exchange = exchange } }).Run(trainees[exchange.Rank]));
        foreach (var outcome in outcomes)
            outcome.DifferenceFrom(outcomes[0]).Should().Be((0, 0), "all ranks have the same");
        var difference = outcomes[0].DifferenceFrom(alone);
        output.WriteLine($"{experiment.Name}, {ranks} ranks: numbers {difference.Numbers:E1}, weights {difference.Weights:E1}");
        difference.Numbers.Should().BeLessThanOrEqualTo(numbers);
        difference.Weights.Should().BeLessThanOrEqualTo(weights);
    }

    private static int OneThread()
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(1);
        return before;
    }
}
