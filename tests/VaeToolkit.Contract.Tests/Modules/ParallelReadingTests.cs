using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.DeepSurvival;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Molecules;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>Threads that ask one model of a sibling library at once get what one thread gets, and leave the model as it was.</summary>
public sealed class ParallelReadingTests
{
    private const int Threads = 8;
    private const int Calls = 5;

    private static readonly Dictionary<string, (Func<torch.nn.Module> Make, Func<torch.nn.Module, int, double[]> Ask)> s_models = new()
    {
        ["archetypes"] = (ArchetypeEntries.WithSide, (model, call) => call % 2 == 0
            ? ((DeepArchetypes)model).Sample(3, seed: call).Values() : ((DeepArchetypes)model).PredictSide(Items(call)).Values()),
        ["a boosted prior"] = (BoostingEntries.BoostedVae, (model, call) => ((Vae)model).Sample(3, seed: call, draws: true).Values()),
        ["a conditional model"] = (SemiSupervisedEntries.Conditional, (model, call)
            => ((ConditionalVae)model).Sample(Place.Usual.OneHot(4, 3), seed: call, draws: true).Values()),
        ["M2"] = (() => SemiSupervisedEntries.M2(), (model, call) => call % 2 == 0
            ? ((M2Model)model).Classify(Items(call)).Values() : ((M2Model)model).ClassifyByEvidence(Items(call), 5, seed: call).Values()),
        ["a classifier with dropout"] = (WithDropout, (model, call) => ((M2Model)model).ClassifyByBoth(Items(call), 1, 3, call).Values()),
        ["a bottleneck"] = (SemiSupervisedEntries.Bottleneck, (model, call)
            => ((InformationBottleneck)model).Predict(Items(call), 4, seed: call).Values()),
        ["survival by the prior"] = (() => SurvivalEntries.Model(), (model, call) => Survival(model, Proposal.Prior, call)),
        ["survival by the encoder"] = (() => SurvivalEntries.Model(), (model, call) => Survival(model, Proposal.EncoderMixture, call)),
        ["a model of fields"] = (() => FieldVae.Create(FieldLayout.TwentyFourTwo), Coded),
        ["sequences"] = (SequenceEntries.SmallVae, (model, call)
            => ((Vae)model).Sample(4, seed: call, draws: call % 2 == 0).Values()),
        ["molecules"] = (() => MoleculeEntries.Model(), (model, call) => [.. ((MoleculeVae)model).Encode(["ab"]).Values(),
            .. ((MoleculeVae)model).Vae.Sample(3, seed: call, draws: true).Values()]),
        ["a network"] = (() => new UNet3d(Small), Segmented),
        ["a Bayesian network"] = (() => new BayesianUNet3d(Small, logVariance: -3), Segmented),
    };

    /// <summary>Every model.</summary>
    public static TheoryData<string> Models => [.. s_models.Keys];

    private static UNet3dOptions Small => UNet3dOptions.Small with { Widths = [2, 4] };

    [Theory]
    [MemberData(nameof(Models))]
    public void Answers_are_the_sequential_ones_and_modes_and_statistics_stay(string name)
    {
        var (make, ask) = s_models[name];
        torch.manual_seed(4);
        using var model = make();
        model.train();
        double[] State() => InScope(() => [.. model.state_dict().Values.SelectMany(value => value.Values())]);
        var (state, modes) = (State(), Modes(model));
        var expected = Enumerable.Range(0, Calls).Select(call => InScope(() => ask(model, call))).ToArray();
        var (wrong, failures) = (0, new List<Exception>());
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            try
            {
                for (var i = 0; i < 2 * expected.Length; i++)
                {
                    var call = (i + thread) % expected.Length;
                    if (!AreSame(InScope(() => ask(model, call)), expected[call]))
                        Interlocked.Increment(ref wrong);
                }
            }
            catch (Exception failure)
            {
                lock (failures)
                    failures.Add(failure);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failures.Should().BeEmpty();
        wrong.Should().Be(0);
        Modes(model).Should().Equal(modes);
        State().Should().Equal(state);
    }

    private static M2Model WithDropout() => new(
        SemiSupervisedEntries.Conditional(),
        torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3)),
        new LabelSpace(3));

    private static torch.Tensor Items(int call) => Place.Usual.Unit(4, 6) * (1 - (call / 100f));

    private static double[] Coded(torch.nn.Module model, int call)
    {
        var space = new VaeFieldSpace((Vae)model, FieldLayout.TwentyFourTwo);
        double[] places = [.. space.Layout.Places.Select((_, k) => k == call ? double.NaN : 20.0 + (call * k) % 11)];
        return space.Decode(space.Encode([new VisualField(0, places)]))[0];
    }

    private static double[] Survival(torch.nn.Module model, Proposal proposal, int call)
    {
        var prediction = SurvivalPredictor.Predict(
            (Savae)model, SmallStudy.Data.Covariates, new() { Draws = 20, Quantiles = 4, Proposal = proposal, Seed = call });
        return [prediction.For(0, 1).Survival(2).Value, prediction.For(3, 0).Survival(1).Value];
    }

    private static double[] Segmented(torch.nn.Module network, int call)
    {
        using var prediction = Segmentation.Predict(
            (SegmentationNetwork)network, Place.Usual.Unit(1, 1, 8, 8, 8), new() { Samples = 2, BatchSize = 1, Seed = call });
        return prediction.Probabilities.Values();
    }

    // But for the last digits, which depend on where in memory the items begin; another mode's answer is another one.
    private static bool AreSame(double[] answer, double[] expected) => answer.Length == expected.Length
        && answer.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-5 * (1 + Math.Abs(pair.Second)));

    private static bool[] Modes(torch.nn.Module model) => [.. model.modules().Prepend(model).Select(part => part.training)];

    private static double[] InScope(Func<double[]> ask)
    {
        using var scope = torch.NewDisposeScope();
        return ask();
    }
}
