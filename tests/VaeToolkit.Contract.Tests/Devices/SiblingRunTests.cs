using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.DeepSurvival;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Mega;
using VaeToolkit.Molecules;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>
/// Whole runs of the sibling libraries give the same numbers whatever TorchSharp makes tensors of where it is told no type or device.
/// Models and data are made before; what a run makes follows them.
/// </summary>
public sealed class SiblingRunTests
{
    private static readonly Dictionary<string, Func<Place, string>> s_runs = new()
    {
        ["archetypes"] = Archetypes,
        ["MPVI by equal weights"] = place => Posterior(place, new EqualWeights()),
        ["MPVI by bisection"] = place => Posterior(place, new BisectionWeight()),
        ["MPVI by gradient"] = place => Posterior(place, new GradientWeight()),
        ["MPVI by Frank-Wolfe"] = place => Posterior(place, new FrankWolfeWeight()),
        ["MPVI by chi-square"] = place => Posterior(place, new ChiSquareWeight()),
        ["MPVI by mirror descent"] = place => Posterior(place, new MirrorDescentWeights()),
        ["MPVI of full covariances"] = place => Posterior(place, new EqualWeights(), ComponentCovariance.Full),
        ["boosting the prior"] = place => Continual(place, new PriorBoosting(), new GeneratorRegularisation()),
        ["expanding the prior"] = place => Continual(place, new ExpandingMixture(), new GeneratorRegularisation()),
        ["consolidation"] = place => Continual(place, new ElasticWeightConsolidation(new() { Items = 20 })),
        ["coreset"] = place => Continual(place, new Coreset(20)),
        ["self-replay"] = place => Continual(place, new SelfReplay(20)),
        ["M2"] = M2,
        ["information curve"] = Curve,
        ["classical models"] = Classical,
        ["survival by the prior"] = place => Survive(place, Proposal.Prior),
        ["survival by the encoder"] = place => Survive(place, Proposal.EncoderMixture),
        ["molecules"] = Molecules,
        ["segmentation"] = Segment,
        ["visual fields by a bound"] = place => Fields(place, FieldRegulariser.Kl),
        ["visual fields by MMD"] = place => Fields(place, FieldRegulariser.Mmd),
    };

    /// <summary>Every run.</summary>
    public static TheoryData<string> Runs => [.. s_runs.Keys];

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_is_the_same_amid_foreign_defaults(string name)
    {
        using var scope = torch.NewDisposeScope();
        var plain = Run(name, Place.Usual);
        Outcome.RequireSame(Run(name, Place.Foreign), plain);
    }

    private static string Run(string name, Place place)
    {
        torch.manual_seed(1);
        return s_runs[name](place);
    }

    private static string Archetypes(Place place)
    {
        using var model = ArchetypeEntries.WithSide();
        using var rows = new TensorData(place.Levels(60, 8));
        var items = place.Unit(50, 4);
        using var entered = place.Enter();
        var result = VaeToolkit.Training.Trainer.Fit(
            model, new ArchetypeObjective(), rows, rows, new() { Epochs = 2, BatchSize = 30 });
        var prior = new DirichletPrior(4, new() { Concentration = 0.5, Points = 8 });
        return Text([.. result.History.Select(epoch => epoch.TrainLoss), VertexReport.Of(model, rows).ArchetypeLoss,
            model.Sample(3, seed: 1).sum().ToDouble(), model.Interpolate(0, 1, 3).sum().ToDouble(),
            model.Mixtures(DirichletWeights.Draw(3, 3)).sum().ToDouble(), prior.LogProb(items.narrow(1, 0, 3)).sum().ToDouble(),
            LinearArchetypes.Fit(items, 3).Residual]);
    }

    private static string Posterior(Place place, WeightRule weights, ComponentCovariance covariance = ComponentCovariance.Diagonal)
    {
        using var entered = place.Enter();
        using var result = Mpvi.Fit(ToyTarget.TwoModes, new()
        {
            Components = 2,
            Restarts = 2,
            Start = new() { Covariance = covariance },
            Step = new() { Steps = 20, RefinementSteps = 4, Weights = weights, MinimumGain = null },
        });
        return Text([.. result.Mixture.Weights, GridComparison.Of(ToyTarget.TwoModes, result.Mixture, side: 20).ForwardDivergence]);
    }

    private static string Continual(Place place, params ContinualStrategy[] strategies)
    {
        using var vae = CoreEntries.SmallVae(strategies[0] switch
        {
            PriorBoosting => encoder => new BoostedPrior(encoder, [6], new() { MaxComponents = 2, Steps = 5, SamplesPerStep = 4 }),
            ExpandingMixture => _ => new ExpandingMixturePrior(2, 2),
            _ => null,
        });
        using var data = new TensorData(place.Levels(90, 6), place.Classes(3, 90));
        using var entered = place.Enter();
        using var tasks = TaskSequence.OneClassEach(data, data, 2, validationItems: 20);
        var options = new ContinualOptions { Epochs = 2, BatchSize = 10, WarmUpEpochs = 1, Likelihood = new() { Samples = 5 } };
        var result = ContinualTrainer.Run(vae, tasks, strategies, options);
        Array.ForEach(strategies, strategy => strategy.Dispose());
        return Text([.. result.Matrix.SelectMany(row => row)]);
    }

    private static string M2(Place place)
    {
        using var model = SemiSupervisedEntries.M2();
        using var rows = new TensorData(place.Levels(60, 6), place.Classes(3, 60));
        using var entered = place.Enter();
        using var data = SemiSupervisedData.HideLabels(rows, 4, new LabelSpace(3), seed: 2, labelledBatch: 6);
        var stage = new VaeToolkit.Training.TrainingOptions { Epochs = 2, BatchSize = 20 };
        var results = M2Training.Fit(model, data, new() { Classifier = stage, Generative = stage, Joint = stage });
        return Text([.. results.SelectMany(result => result.History.Select(epoch => epoch.TrainLoss))]);
    }

    private static string Curve(Place place)
    {
        using var model = SemiSupervisedEntries.Bottleneck();
        using var rows = new TensorData(place.Unit(60, 6), place.Classes(3, 60));
        using var entered = place.Enter();
        using var pairs = TwoViews.OfLabels(rows, 3);
        var curve = InformationPlane.Trace(model, pairs, pairs, new()
        {
            Betas = [BetaWeight.OnKl(0.01), BetaWeight.OnKl(0.1)],
            FirstEpochs = 1,
            Training = new() { Epochs = 1, BatchSize = 20 },
        });
        return Text([.. curve.Points.SelectMany(point => new[] { point.Point.Rate, point.Point.LogLikelihood })]);
    }

    private static string Classical(Place place)
    {
        var rows = place.Unit(50, 4);
        using var entered = place.Enter();
        var models = new ClassicalModel[]
        {
            ProbabilisticPca.Fit(rows, 2), FactorAnalysis.Fit(rows, 1).Model,
            GaussianMixture.Fit(rows, 2, new() { Restarts = 1, Em = new() { MaxIterations = 20 } }).Model,
        };
        var data = DataMoments.Of(rows);
        return Text([.. models.SelectMany(model => new[]
        {
            MomentGaps.Between(data, model).SecondOrder, MomentGaps.MonteCarlo(data, model, new() { Draws = 100 }).SecondOrder,
        })]);
    }

    private static string Survive(Place place, Proposal proposal)
    {
        using var model = SurvivalEntries.Model();
        using var entered = place.Enter();
        var prediction = SurvivalPredictor.Predict(model, SmallStudy.Data.Covariates, new() { Draws = 200, Proposal = proposal });
        return Text([prediction.For(0, 1).Survival(2).Value]);
    }

    private static string Segment(Place place)
    {
        using var network = new UNet3d(UNet3dOptions.Small with { Widths = [2, 4] });
        using var data = new SegmentationData(place.Unit(4, 1, 8, 8, 8), place.Classes(2, 4, 8, 8, 8));
        using var entered = place.Enter();
        var run = SegmentationTraining.Run(network, new SegmentationObjective(), data, options: new() { Steps = 3 });
        using var prediction = Segmentation.Predict(network, place.Unit(1, 1, 8, 8, 8), new() { Samples = 2 });
        return Text([run.Steps[^1].Loss, prediction.Probabilities.sum().ToDouble()]);
    }

    private static string Fields(Place place, FieldRegulariser regulariser)
    {
        var layout = FieldLayout.TwentyFourTwo;
        var options = new FieldVaeOptions { LatentSize = 2, Regulariser = regulariser };
        using var vae = FieldVae.Create(layout, options);
        using var entered = place.Enter();
        var eyes = Enumerable.Range(0, 12).Select(eye => new FieldSeries($"{eye}", $"{eye}", [.. Enumerable.Range(0, 4).Select(
            visit => new VisualField(visit, [.. layout.Places.Select((_, k) => 20.0 + (eye * 7 + visit * k) % 11)]))])).ToList();
        var cohort = new FieldCohort(layout, eyes);
        using var data = FieldPictures.Data(layout, cohort.Fields);
        var result = VaeToolkit.Training.Trainer.Fit(
            vae, FieldVae.Objective(layout, options), data, options: new() { Epochs = 2, BatchSize = 20 });
        var space = new VaeFieldSpace(vae, layout);
        var forecast = RandomSlopes.Fit(space, cohort).Forecast(eyes[0], 6);
        var progression = ProgressionTest.Calibrate(space, cohort).Run(eyes[1]);
        return Text([result.History[^1].TrainLoss, forecast.MeanSensitivity, progression.PValue]);
    }

    private static string Molecules(Place place)
    {
        using var model = MoleculeEntries.Model();
        using var entered = place.Enter();
        using var data = model.Items(MoleculeEntries.Table);
        var objective = new MoleculeElbo(new() { WarmUp = new() { Centre = 0, Slope = 4 } });
        var run = VaeToolkit.Training.Trainer.Fit(model, objective, data, options: new() { Epochs = 2, BatchSize = 2 });
        var latents = model.Encode(MoleculeEntries.Table.Smiles);
        using var surrogate = GaussianProcess.Fit(latents, place.Unit(latents.shape[0]), new() { Steps = 3 });
        using var neighbours = new NearestNeighbours(latents, MoleculeEntries.Table.Property("p"));
        var region = LatentRegion.OfData(latents);
        var found = LatentSearch.Ascend(z => surrogate.ExpectedImprovement(z, 0.5), latents, region, new() { Steps = 3 });
        var random = LatentSearch.Random(surrogate.PredictMean, 3, LatentRegion.OfPrior(2), seed: 1);
        return Text([run.History[^1].TrainLoss, .. found.Values, .. random.Values, .. neighbours.Predict(latents),
            PropertyError.Of(model, MoleculeEntries.Table)[0].Ratio,
            .. model.Strings(found.Points.to(torch.float32), 2).Select(text => text.Length)]);
    }

    private static string Text(IEnumerable<double> values) => string.Join(" ", values);
}
