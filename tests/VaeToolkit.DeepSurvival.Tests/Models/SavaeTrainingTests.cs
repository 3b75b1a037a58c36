using TorchSharp;
using VaeToolkit.Survival;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Models;

public sealed class SavaeTrainingTests
{
    private static readonly SavaeTrainingOptions s_short = new() { Epochs = 6, BatchSize = 64, LearningRate = 5e-3, Seed = 4 };

    // R's survreg, as the specification of these tests states: shape, scale and log-likelihood.
    [RealDataFact("tabular/lung.csv")]
    public void Constant_networks_converge_to_the_Weibull_maximum_likelihood_of_lung()
        => ConvergesTo("lung", "age", 1.316840, 417.758665, -1153.851188);

    [RealDataFact("tabular/veteran.csv")]
    public void Constant_networks_converge_to_the_Weibull_maximum_likelihood_of_veteran()
        => ConvergesTo("veteran", "age", 0.852085, 120.680389, -748.091214);

    [Fact]
    public void Training_lowers_the_bound_and_its_seed_decides_everything()
    {
        var data = SmallStudy.Trial(400, 2);
        var (first, again, other) = (Fit(data, s_short), Fit(data, s_short), Fit(data, s_short with { Seed = 5 }));
        first.History[^1].TrainLoss.Should().BeLessThan(first.History[0].TrainLoss - 0.2);
        again.History.Select(epoch => epoch.TrainLoss).Should().Equal(first.History.Select(epoch => epoch.TrainLoss));
        other.History[0].TrainLoss.Should().NotBe(first.History[0].TrainLoss);
        first.History[0].ValidationLoss.Should().NotBeNull();
    }

    [Fact]
    public void The_best_epochs_weights_are_kept()
    {
        var data = SmallStudy.Trial(200, 3);
        // At this rate the bound jumps, and rounding decides where to: the first run whose best epoch is not its last.
        for (var seed = 1; seed <= 20; seed++)
        {
            var options = s_short with { Epochs = 8, LearningRate = 0.2, BatchSize = 16, Seed = seed };
            var (model, result) = SavaeTraining.Fit(data, options);
            using var kept = model;
            if (result.Best.Epoch == options.Epochs)
                continue;
            var (stopped, _) = SavaeTraining.Fit(data, options with { Epochs = result.Best.Epoch });
            using var then = stopped;
            Weights(kept).Should().Equal(Weights(then));
            return;
        }
        Assert.Fail("every run was best at its end, so nothing was tested");

        static double[] Weights(Savae model) => [.. model.parameters().SelectMany(parameter => parameter.Values())];
    }

    [Fact]
    public void Training_leaves_no_tensors_behind()
    {
        var data = SmallStudy.Trial(100, 2);
        Fit(data, s_short);
        var before = Reference.LiveTensors();
        var (model, _) = SavaeTraining.Fit(data, s_short with { Epochs = 12 });
        var parameters = model.parameters().Count();
        model.Dispose();
        (torch.Tensor.TotalCount - parameters).Should().Be(before);
    }

    [Fact]
    public void Covariates_of_every_kind_with_missing_values_and_treatments_of_three_levels_can_be_trained_on()
        => Fit(SmallStudy.Data, s_short with { ValidationShare = 0, BatchSize = 2, Elbo = new() { LogShapePenalty = 0.1, Samples = 3 } })
            .History.Should().HaveCount(6).And.OnlyContain(epoch => double.IsFinite(epoch.TrainLoss));

    [Fact]
    public void A_penalty_on_shapes_is_added_to_the_loss_and_not_to_its_terms()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(1);
        using var model = new Savae(SmallStudy.Schema, 3, SmallStudy.Treatments);
        using var data = model.Items(SmallStudy.Data);
        foreach (var batch in data.InOrder(5))
        {
            torch.manual_seed(1);
            var plain = new SavaeElbo().Compute(model, batch);
            torch.manual_seed(1);
            var penalised = new SavaeElbo(new() { LogShapePenalty = 2 }).Compute(model, batch);
            plain.Loss.ToDouble().Should().BeApproximately(plain.Terms.Sum(term => term.Read()), 1e-4);
            (penalised.Loss.ToDouble() - penalised.Terms.Sum(term => term.Read())).Should().BeGreaterThan(1e-3);
        }
    }

    [Fact]
    public void A_weight_of_predictions_adds_their_negative_log_likelihood_so_many_times()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(1);
        using var model = new Savae(SmallStudy.Schema, 3, SmallStudy.Treatments);
        using var data = model.Items(SmallStudy.Data);
        foreach (var batch in data.InOrder(5))
        {
            torch.manual_seed(1);
            var plain = new SavaeElbo().Compute(model, batch);
            torch.manual_seed(1);
            var weighted = new SavaeElbo(new() { PredictiveWeight = 3, PredictiveDraws = 20_000 }).Compute(model, batch);
            var predictive = weighted.Terms.Single(term => term.Name == "predictive").Read();
            (weighted.Loss.ToDouble() - plain.Loss.ToDouble()).Should().BeApproximately(3 * predictive, 1e-4);
            predictive.Should().BeApproximately(-model.PredictiveLogProb(batch.Items, model.Prior.Sample(20_000)).mean().ToDouble(), 0.05);
        }
    }

    [Fact]
    public void Halves_of_a_batch_side_by_side_train_the_same_every_time()
    {
        var data = SmallStudy.Trial(600, 2);
        var options = s_short with { BatchSize = 256, Epochs = 3, Elbo = new() { PredictiveWeight = 5, PredictiveDraws = 50 } };
        Fit(data, options).History.Select(epoch => epoch.TrainLoss)
            .Should().Equal(Fit(data, options).History.Select(epoch => epoch.TrainLoss));
    }

    [Fact]
    public void Cancelling_stops_and_bad_options_are_refused()
    {
        var data = SmallStudy.Trial(50, 2);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var (model, result) = SavaeTraining.Fit(data, s_short, cancellationToken: cancelled.Token);
        model.Dispose();
        result.Reason.Should().Be(StopReason.Cancelled);
        FluentActions.Invoking(() => SavaeTraining.Fit(data, s_short with { ValidationShare = 1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SavaeTraining.Fit(data, s_short with { ValidationShare = 0.001 }))
            .Should().Throw<ArgumentException>().WithMessage("*50 patients*");
        FluentActions.Invoking(() => new SavaeElbo(new() { PredictiveWeight = -1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new SavaeElbo(new() { PredictiveDraws = 1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SavaeTraining.Fit(data, s_short with { WeightDecay = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SavaeTraining.Fit(data, s_short with { Elbo = new() { Samples = 0 } }))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private static TrainingResult Fit(PatientData data, SavaeTrainingOptions options)
    {
        var (model, result) = SavaeTraining.Fit(data, options);
        model.Dispose();
        return result;
    }

    private static void ConvergesTo(string name, string covariate, double shape, double scale, double logLikelihood)
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(1);
        var table = PatientTable.Read(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "tabular", $"{name}.csv"));
        var data = PatientData.Read(table, CovariateSchema.Fit(table, [new(covariate, CovariateKind.Continuous)]), "time", "event");
        using var model = new Savae(
            data.Covariates.Schema, data.Response.Times.ToArray().Average(), options: new() { LatentSize = 1, Hidden = [2] });
        using var items = model.Items(data);
        var survival = MakeConstant(model);
        foreach (var rate in (double[])[0.1, 0.01, 0.001])
            Trainer.Fit(model, new SavaeElbo(), items,
                options: new() { Epochs = 150, BatchSize = data.Count, LearningRate = rate, PreFlight = false });
        var times = model.TimesUnder(0, torch.zeros(1, 1));
        times.Shape.ToDouble().Should().BeApproximately(shape, 1e-4 * shape);
        times.LogScale.exp().ToDouble().Should().BeApproximately(scale, 1e-4 * scale);
        (-survival(items) * data.Count).Should().BeApproximately(logLikelihood, 1e-3);
    }

    /// <summary>
    /// Leaves the bias of the survival network alone to be trained, all its weights 0. Returns the mean negative log-likelihood of times.
    /// </summary>
    private static Func<TensorData, double> MakeConstant(Savae model)
    {
        foreach (var (key, parameter) in model.named_parameters())
        {
            var constant = key.StartsWith("survival.") && key != "survival.head.bias";
            if (constant)
                parameter.detach().zero_();
            parameter.requires_grad = key == "survival.head.bias";
        }
        return items => items.InOrder((int)items.Count)
            .Select(batch => new SavaeElbo().Compute(model, batch).Terms.Single(t => t.Name == "survival").Read()).Single();
    }
}
