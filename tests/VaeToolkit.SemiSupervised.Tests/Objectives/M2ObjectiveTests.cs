using TorchSharp;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Objectives;

public sealed class M2ObjectiveTests : IDisposable
{
    private static readonly LabelSpace s_labels = new(3);
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void With_one_label_a_class_the_clusters_are_learned_from_the_others()
    {
        using var rows = SmallM2.Clusters(300, 1);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 1, s_labels, seed: 2, labelledBatch: 3);
        using var model = SmallM2.Seeded(s_labels);
        var objective = new M2Objective(data.LabelledCount, data.UnlabelledCount, new() { UnlabelledWarmUp = BetaWarmUp.OverEpochs(20) });
        var result = Trainer.Fit(model, objective, data, options: new() { Epochs = 40, BatchSize = 30, LearningRate = 1e-2 });
        result.History[0].Terms.Keys.Should().Equal("labelled_bound", "classification", "unlabelled_bound", "label_entropy");
        Accuracy(model, rows).Should().BeGreaterThan(0.97);
    }

    [Fact]
    public void The_same_seed_gives_the_same_losses_and_hidden_labels_have_no_part_in_them()
    {
        using var rows = SmallM2.Clusters(120, 1);
        using var labelled = rows.First(12);
        using var others = rows.Select([.. Enumerable.Range(12, 108)]);
        using var scrambled = new TensorData(Items(others), torch.randint(0, 3, [108L], dtype: torch.int64));
        var losses = new[] { others, others, scrambled }.Select(unlabelled =>
        {
            using var data = new SemiSupervisedData(labelled, unlabelled, s_labels, labelledBatch: 4);
            using var model = SmallM2.Seeded(s_labels);
            return Trainer.Fit(
                model, new M2Objective(12, 108), data, options: new() { Epochs = 2, BatchSize = 20, Seed = 4 }).History[^1].TrainLoss;
        }).ToArray();
        losses[1].Should().Be(losses[0]);
        losses[2].Should().Be(losses[0], "labels of unlabelled items are not looked at");
    }

    [Fact]
    public void Warm_up_weighs_unlabelled_items_and_validation_does_not()
    {
        using var model = SmallM2.Seeded(s_labels).to(torch.float64);
        using var batch = new Batch(torch.randn(4, 6, dtype: torch.float64), torch.full([4L], -1, torch.int64));
        var warm = new M2Objective(10, 40, new() { UnlabelledWarmUp = BetaWarmUp.OverSteps(4) });
        var full = Loss(new M2Objective(10, 40));
        warm.CurrentUnlabelledWeight.Should().Be(0.25);
        Loss(warm).Should().BeApproximately(0.25 * full, 1e-10);
        using (SeedScope.Begin(2))
            warm.ComputeForValidation(model, batch).Loss.ToDouble().Should().BeApproximately(full, 1e-10);

        double Loss(M2Objective objective)
        {
            using var seed = SeedScope.Begin(2);
            return objective.Compute(model, batch).Loss.ToDouble();
        }
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        using var rows = SmallM2.Clusters(90, 1);
        using var data = SemiSupervisedData.HideLabels(rows, perClass: 3, s_labels, seed: 2, labelledBatch: 20);
        using var model = SmallM2.Seeded(s_labels);
        Run();
        var before = Reference.LiveTensors();
        Run();
        torch.Tensor.TotalCount.Should().Be(before);

        void Run() => Trainer.Fit(model, new M2Objective(9, 81), data, options: new() { Epochs = 5, BatchSize = 10 });
    }

    [Fact]
    public void A_learned_label_prior_is_trained_and_others_are_not()
    {
        using var rows = SmallM2.Clusters(60, 1);
        var generative = SmallM2.Seeded(s_labels);
        using var model = new M2Model(generative.Generative, generative.Classifier, s_labels, LabelPrior.Learned(3));
        using var first = rows.Select([0, 3, 6, 9, 12, 1]);
        Trainer.Fit(
            model, new M2Objective(6, 0), first, options: new() { Epochs = 100, BatchSize = 6, LearningRate = 0.05, PreFlight = false });
        model.LabelPrior.LogProbs().exp().Values()[0].Should().BeApproximately(5 / 6.0, 0.05, "five of six labels are of the first class");
        LabelPrior.Uniform(3).parameters().Should().BeEmpty();
        foreach (var unit in (double[])[1, 5e307, 1e-310])
            LabelPrior.Proportional([unit, 3 * unit]).LogProbs().exp().Values()
                .Should().Equal([0.25, 0.75], (a, b) => Math.Abs(a - b) < 1e-6);
        LabelPrior.Proportional([1, 3, 7]).to(torch.float64).LogProbs().Values()
            .Should().Equal([Math.Log(1 / 11.0), Math.Log(3 / 11.0), Math.Log(7 / 11.0)], (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void What_cannot_be_trained_is_refused()
    {
        Invoking(() => new M2Objective(0, 0)).Should().Throw<ArgumentException>();
        Invoking(() => new M2Objective(0, 5, new() { Alpha = AlphaWeight.OnBound(0) }))
            .Should().Throw<ArgumentException>().WithMessage("*no item is labelled*");
        Invoking(() => new M2Objective(0, 5)).Should().NotThrow("the bound is learned from");
        Invoking(() => new M2Objective(-1, 5)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => new M2Objective(1, 5, new() { Samples = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => AlphaWeight.OnBound(-0.1)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => AlphaWeight.OnClassification(double.NaN, AlphaConvention.PerRow)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => AlphaWeight.OnClassification(1, (AlphaConvention)9)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => LabelPrior.Proportional([1, 0])).Should().Throw<ArgumentException>();
        using var model = SmallM2.Seeded(s_labels);
        using var wrong = new Batch(torch.randn(3, 6), torch.tensor(new long[] { 0, -1, 3 }));
        Invoking(() => new M2Objective(1, 1).Compute(model, wrong)).Should().Throw<ArgumentException>().WithMessage("*row 2 is 3*");
        using var narrow = new Batch(torch.randn(3, 5));
        Invoking(() => new M2Objective(1, 1).Compute(model, narrow)).Should().Throw<ArgumentException>();
        using var unlabelled = new Batch(torch.randn(3, 6));
        Invoking(() => new M2Objective(1, 1, new() { Alpha = AlphaWeight.OnBound(0) }).Compute(model, unlabelled))
            .Should().Throw<ArgumentException>().WithMessage("*nothing in the batch*");
        Invoking(() => new ConditionalElbo(s_labels).Compute(model.Generative, unlabelled))
            .Should().Throw<ArgumentException>().WithMessage("*no labels*");
        Invoking(() => new CrossEntropy().Compute(model.Classifier, unlabelled))
            .Should().Throw<ArgumentException>().WithMessage("*no labels*");
    }

    private static Action Invoking(Action action) => action;

    private static Action Invoking<T>(Func<T> function) => () => function();

    private static torch.Tensor Items(TensorData data) => torch.cat([.. data.InOrder(50).Select(batch => batch.Items.clone())]);

    private static double Accuracy(M2Model model, TensorData rows)
        => rows.InOrder(600)
            .Select(batch => model.Classify(batch.Items).argmax(1).eq(batch.Labels!).to(torch.float32).mean().ToDouble()).Single();
}
