using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Training;

/// <summary>Items and labels that a model has no room for are found in all batches, before the first step.</summary>
public sealed class SupportTests : IDisposable
{
    private const int BadRow = 130;

    private static readonly LabelSpace s_labels = new(3);
    private static readonly TrainingOptions s_options = new() { Epochs = 1, BatchSize = 20 };

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(4);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void An_unlabelled_and_a_labelled_item_of_M2_are_named_as_such_before_the_classifier_is_trained()
    {
        using var good = Rows(bad: false);
        using var bad = Rows(bad: true);
        using var model = Model();
        using var unlabelled = new SemiSupervisedData(good, bad, s_labels, labelledBatch: 7);
        FluentActions.Invoking(() => M2Training.Fit(model, unlabelled)).Should().Throw<PreFlightException>()
            .WithMessage($"*Unlabelled item {BadRow} of the training data is outside*in [0, 1]*255]*");
        using var labelled = new SemiSupervisedData(bad, good, s_labels, labelledBatch: 7);
        FluentActions.Invoking(() => M2Training.Fit(model, labelled)).Should().Throw<PreFlightException>()
            .WithMessage($"*Labelled item {BadRow} of the training data*");
        FluentActions.Invoking(() => M2Training.FitJoint(model, labelled, new() { Joint = s_options })).Should().Throw<PreFlightException>()
            .WithMessage($"*Labelled item {BadRow} of the training data*");
    }

    [Fact]
    public void A_target_view_and_a_conditional_models_item_and_label_are_named()
    {
        using var bad = Rows(bad: true);
        using var bottleneck = new InformationBottleneck(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2), 6);
        var x = torch.cat([.. bad.InOrder(200).Select(batch => batch.Items.clone())]);
        using var views = TwoViews.Of(x, x);
        Refused(() => Trainer.Fit(bottleneck, new BottleneckObjective(), views, null, s_options))
            .Should().Match($"Item {BadRow} of the training data*in [0, 1]*");

        using var model = Generative();
        Refused(() => Trainer.Fit(model, new ConditionalElbo(s_labels), bad, null, s_options))
            .Should().Match($"Item {BadRow} of*in [0, 1]*");
        using var strange = new TensorData(x.clamp(0, 1), torch.arange(x.shape[0], dtype: torch.int64).eq(BadRow).to(torch.int64) * 7);
        Refused(() => Trainer.Fit(model, new ConditionalElbo(s_labels), strange, null, s_options))
            .Should().Match($"Item {BadRow} of*the label is 7, but there are classes 0 to 2*");
        using var classifier = new MlpClassifier(6, [8], 3);
        Refused(() => Trainer.Fit(classifier, new CrossEntropy(), strange, null, s_options))
            .Should().Match($"Item {BadRow} of*the label is 7, but there are classes 0 to 2*");
    }

    [Fact]
    public void Without_the_trial_batch_items_and_warm_ups_are_looked_at_all_the_same()
    {
        using var bad = Rows(bad: true);
        using var good = Rows(bad: false);
        using var model = Model();
        var off = s_options with { PreFlight = false };
        var options = new M2TrainingOptions { Classifier = off, Generative = off, Joint = off };
        using var data = new SemiSupervisedData(good, bad, s_labels, labelledBatch: 7);
        foreach (var fit in new Action[]
                 {
                     () => M2Training.Fit(model, data, options), () => M2Training.FitGenerative(model, data, options),
                     () => M2Training.FitJoint(model, data, options),
                 })
            Refused(fit).Should().Match($"Unlabelled item {BadRow} of the training data*");
        var slow = options with { Objective = new() { UnlabelledWarmUp = BetaWarmUp.OverSteps(40) } };
        using var sound = new SemiSupervisedData(good, good, s_labels, labelledBatch: 7);
        var before = model.Classifier.parameters().First().Values();
        Refused(() => M2Training.Fit(model, sound, slow)).Should().Contain("over 40 steps");
        model.Classifier.parameters().First().Values().Should().Equal(before, "it is found before the first stage");
    }

    [Fact]
    public void Curves_look_at_both_data_first_and_measurements_at_theirs()
    {
        var x = torch.rand([200, 6]);
        var y = x.clone();
        y.narrow(0, BadRow, 1).fill_(255);
        using var model = new InformationBottleneck(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2), 6);
        using var good = TwoViews.Of(x, x);
        using var bad = TwoViews.Of(x, y);
        var before = model.parameters().First().Values();
        var options = new InformationCurveOptions
        {
            Betas = [BetaWeight.OnKl(1)],
            Training = s_options with { PreFlight = false },
            FirstEpochs = 1,
        };
        Refused(() => InformationPlane.Trace(model, good, bad, options)).Should().Match($"Item {BadRow} of the test data*in [0, 1]*");
        Refused(() => InformationPlane.Trace(model, bad, good, options)).Should().Match($"Item {BadRow} of the training data*");
        model.parameters().First().Values().Should().Equal(before);
        FluentActions.Invoking(() => InformationPlane.Measure(model, bad, new() { BatchSize = 100 }))
            .Should().Throw<ArgumentException>()
            .WithMessage($"item {BadRow} of pairs is outside the likelihood's support: *in [0, 1]*255*");
        InformationPlane.Measure(model, good).Rate.Should().BePositive();
    }

    [Fact]
    public void The_evidence_of_items_outside_the_support_is_not_asked()
    {
        using var model = Model();
        var x = torch.ones([3, 6]);
        x[2, 4] = 255;
        foreach (var classify in new[] { () => model.ClassifyByEvidence(x, 2), () => model.ClassifyByBoth(x, 0.1, 2) })
            classify.Should().Throw<ArgumentException>().WithMessage("item 2 of x is outside the likelihood's support: *in [0, 1]*255*");
        FluentActions.Invoking(() => model.ClassifyByEvidence(torch.ones([3, 6], torch.float64), 2))
            .Should().Throw<ArgumentException>().WithMessage("x is float64, the weights of *");
    }

    [Fact]
    public void Objectives_that_are_computed_by_themselves_name_it_too()
    {
        var x = torch.rand(5, 6).round();
        x[3, 4] = 255;
        using var labelled = new Batch(x, torch.zeros(5, torch.int64));
        using var model = Model();
        var m2 = new M2Objective(labelled: 5, unlabelled: 0);
        using var views = new Batch(torch.cat([x, x], 1));
        using var bottleneck = new InformationBottleneck(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2), 6);
        foreach (var compute in new Action[]
                 {
                     () => new ConditionalElbo(s_labels).Compute(model.Generative, labelled), () => m2.Compute(model, labelled),
                     () => m2.ComputeForValidation(model, labelled), () => new BottleneckObjective().Compute(bottleneck, views),
                 })
            compute.Should().Throw<ArgumentException>().WithMessage("item 3 of x is outside the likelihood's support: *in [0, 1]*255*");
    }

    [Fact]
    public void Reports_name_such_an_item_by_its_place_in_the_data()
    {
        using var model = Model();
        var x = torch.rand(620, 6).round();
        x[612, 4] = 255;
        using var data = new TensorData(x, torch.zeros(620, torch.int64));
        foreach (var report in new[]
                 {
                     () => ClassificationReport.OfEvidence(model, data, samples: 1),
                     () => ClassificationReport.OfBoth(model, data, 0.1, samples: 1),
                 })
        {
            report.Should().Throw<ArgumentException>()
                .WithMessage("item 612 of data is outside the likelihood's support: *in [0, 1]*255*");
        }
        ClassificationReport.Of(model, data).Items.Should().Be(620, "the classifier takes any number");
    }

    [Fact]
    public void An_unlabelled_warm_up_that_is_longer_than_the_stage_is_found()
    {
        using var rows = Rows(bad: false);
        using var data = new SemiSupervisedData(rows, rows, s_labels, labelledBatch: 7);
        using var model = Model();
        var options = new M2TrainingOptions { Joint = s_options, Objective = new() { UnlabelledWarmUp = BetaWarmUp.OverSteps(40) } };
        Refused(() => M2Training.FitJoint(model, data, options)).Should().Contain("over 40 steps").And.Contain("last value is 0.25, not 1");
    }

    [Fact]
    public void Resuming_with_other_options_of_the_objective_is_refused_by_name()
    {
        var folder = Directory.CreateTempSubdirectory("m2").FullName;
        try
        {
            using var rows = Rows(bad: false);
            using var data = new SemiSupervisedData(rows, rows, s_labels, labelledBatch: 7);
            using var model = Model();
            var options = new M2TrainingOptions { Joint = s_options with { CheckpointDirectory = folder } };
            M2Training.FitJoint(model, data, options);
            var other = options with
            {
                Joint = options.Joint with { Resume = true, Epochs = 2 },
                Objective = new() { Alpha = AlphaWeight.OnBound(0.5) },
            };
            FluentActions.Invoking(() => M2Training.FitJoint(model, data, other)).Should().Throw<CheckpointException>()
                .WithMessage("*M2Objective.Alpha was J + 0.1 C (TimesItems), now it is 0.5 J + C*");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Refused(Action training)
        => training.Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle().Which;

    private static M2Model Model() => new(Generative(), new MlpClassifier(6, [8], 3), s_labels);

    private static ConditionalVae Generative() => new(
        new MlpConditionalEncoder(6, 3, 2, [8]), new MlpConditionalDecoder(2, 3, [8], ObservationModel.Bernoulli(6)),
        new StandardNormalPrior(2));

    private static TensorData Rows(bool bad)
    {
        var items = torch.rand([200, 6]);
        if (bad)
            items.narrow(0, BadRow, 1).fill_(255);
        return new TensorData(items, torch.arange(200, dtype: torch.int64).remainder(3));
    }
}
