using TorchSharp;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Survival;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Prediction;

public sealed class SurvivalPredictorTests : IDisposable
{
    private const int Patient = 2;

    private static readonly EncodedCovariates s_covariates = SmallStudy.Data.Covariates;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(12);
    private readonly Savae _model = new(SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 1, Hidden = [6] });

    public SurvivalPredictorTests()
    {
        using var noGradient = torch.no_grad();
        foreach (var parameter in _model.parameters())
            parameter.mul_(2.5);
    }

    public void Dispose()
    {
        _model.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(Proposal.Prior)]
    [InlineData(Proposal.EncoderMixture)]
    public void Every_number_is_within_four_standard_errors_of_quadrature(Proposal proposal)
    {
        var prediction = SurvivalPredictor.Predict(_model, s_covariates, new() { Draws = 20_000, Proposal = proposal, Seed = 3 });
        foreach (var t in (int[])[0, 4])
        {
            var predicted = prediction.For(Patient, t);
            Check(predicted.Survival(2), Expected(t, w => w.Survival(2)));
            Check(predicted.Density(2), Expected(t, w => w.Density(2)));
            Check(predicted.Hazard(2), Expected(t, w => w.Density(2)) / Expected(t, w => w.Survival(2)));
            Check(predicted.RestrictedMean(4), Expected(t, w => w.RestrictedMean(4)));
            Check(predicted.Mean, Expected(t, w => w.Mean));
            var median = predicted.Median;
            median.StandardError.Should().BeLessThan(0.1 * median.Value);
            Expected(t, w => w.Survival(median.Value + 4 * median.StandardError)).Should().BeLessThan(0.5);
            Expected(t, w => w.Survival(median.Value - 4 * median.StandardError)).Should().BeGreaterThan(0.5);
        }

        static void Check(Estimate estimate, double exact)
        {
            estimate.Value.Should().BeApproximately(exact, 4 * estimate.StandardError);
            estimate.StandardError.Should().BeInRange(1e-9, 0.05 * Math.Abs(exact));
        }
    }

    [Fact]
    public void Effective_sample_size_of_the_prior_is_the_one_by_quadrature_within_five_per_cent()
    {
        var prediction = SurvivalPredictor.Predict(_model, s_covariates, new() { Draws = 20_000 });
        var (first, second) = (Integrate(x => x), Integrate(x => x * x));
        (prediction.EffectiveSampleSize(Patient) / 20_000).Should().BeApproximately(first * first / second, 0.05 * first * first / second);

        double Integrate(Func<double, double> power)
            => Reference.Integrate(z => [.. Likelihoods(z).Select((p, i) => power(p) * Normal(z[i]))], -9, 9, 1000);
    }

    [Fact]
    public void Quantiles_invert_survival_and_densities_are_its_slope()
    {
        var predicted = SurvivalPredictor.Predict(_model, s_covariates).For(0, 3);
        foreach (var p in (double[])[0.001, 0.25, 0.5, 0.9, 0.999])
            predicted.Survival(predicted.Quantile(p).Value).Value.Should().BeApproximately(1 - p, 1e-11);
        ((predicted.Survival(2 - 1e-5).Value - predicted.Survival(2 + 1e-5).Value) / 2e-5)
            .Should().BeApproximately(predicted.Density(2).Value, 1e-7);
        predicted.Median.Should().Be(predicted.Quantile(0.5));
    }

    [Fact]
    public void Survival_is_never_above_one()
    {
        // Equal weights of some numbers of draws sum to a little more than 1.
        for (var draws = 3; draws < 200; draws++)
        {
            var weights = Enumerable.Repeat(1.0 / draws, draws).ToArray();
            var components = new MixtureComponents(new double[draws], [.. Enumerable.Repeat(1.0, draws)]);
            new PredictiveDistribution(weights, components).Survival(1e-300).Value.Should().BeInRange(1 - 1e-12, 1);
            var prediction = new SurvivalPrediction([weights], [[components]], new TreatmentSet([]), new double[1, 1]);
            prediction.Survival([1e-300])[0, 0].Should().BeInRange(1 - 1e-12, 1);
        }
    }

    [Fact]
    public void A_patient_of_whom_nothing_is_known_gets_the_prior_prediction()
    {
        var unknown = SmallStudy.Schema.Encode(
            new PatientTable([.. SmallStudy.Schema.Columns.Select(c => c.Name)], [["", "", "", "", "", ""]]));
        var prediction = SurvivalPredictor.Predict(_model, unknown, new() { Draws = 500 });
        prediction.EffectiveSampleSize(0).Should().BeApproximately(500, 1e-6);
        prediction.Warning(0).Should().BeNull();
    }

    [Theory]
    [InlineData(Proposal.Prior)]
    [InlineData(Proposal.EncoderMixture)]
    public void Curves_are_those_of_single_patients_and_the_seed_decides_them(Proposal proposal)
    {
        var options = new SurvivalPredictionOptions { Draws = 101, Proposal = proposal, Seed = 8 };
        var prediction = SurvivalPredictor.Predict(_model, s_covariates, options);
        int[] given = [0, 5, 2, 3, 1];
        var curves = prediction.Survival([0.5, 2, 9], given);
        for (var i = 0; i < 5; i++)
            curves[i, 1].Should().BeApproximately(prediction.For(i, given[i]).Survival(2).Value, 1e-12);
        SurvivalPredictor.Predict(_model, s_covariates, options).Survival([0.5, 2, 9], given).Should().BeEquivalentTo(curves);
        SurvivalPredictor.Predict(_model, s_covariates, options with { Seed = 9 }).Survival([2], given)[0, 0].Should().NotBe(curves[0, 1]);
    }

    [Theory]
    [InlineData(Proposal.Prior)]
    [InlineData(Proposal.EncoderMixture)]
    public void How_treatments_were_given_cancels_in_the_weights(Proposal proposal)
    {
        var options = new SurvivalPredictionOptions { Draws = 100, Proposal = proposal, Seed = 8 };
        var before = SurvivalPredictor.Predict(_model, s_covariates, options);
        using (torch.no_grad())
        {
            foreach (var (name, parameter) in _model.named_parameters().Where(p => p.name.StartsWith("treatment.")))
                parameter.mul_(-3);
        }
        var after = SurvivalPredictor.Predict(_model, s_covariates, options);
        after.TreatmentProbability(0, 1).Should().NotBe(before.TreatmentProbability(0, 1));
        after.Survival([2], [1, 1, 1, 1, 1]).Should().BeEquivalentTo(before.Survival([2], [1, 1, 1, 1, 1]));
    }

    [Fact]
    public void Probabilities_of_treatments_are_the_models_and_add_up_to_one()
    {
        var prediction = SurvivalPredictor.Predict(_model, s_covariates, new() { Draws = 10 });
        Enumerable.Range(0, 6).Sum(t => prediction.TreatmentProbability(1, t)).Should().BeApproximately(1, 1e-5);
        using var data = _model.Items(SmallStudy.Data);
        var given = data.InOrder(5).Select(batch => _model.TreatmentLogProb(batch.Items).exp().Values()).Single();
        for (var i = 0; i < 5; i++)
            prediction.TreatmentProbability(i, SmallStudy.Data.Given[i]).Should().BeApproximately(given[i], 1e-5);
    }

    [Fact]
    public void The_encoders_proposal_makes_more_draws_count_in_a_trained_model()
    {
        var data = SmallStudy.Trial(600, 5);
        var (model, _) = SavaeTraining.Fit(
            data, new() { Epochs = 40, LearningRate = 1e-2, ValidationShare = 0, Model = new() { LatentSize = 3 } });
        using (model)
        {
            var few = data.Covariates.Select([.. Enumerable.Range(0, 40)]);
            Size(Proposal.EncoderMixture).Should().BeGreaterThan(1.3 * Size(Proposal.Prior));

            double Size(Proposal proposal)
            {
                var prediction = SurvivalPredictor.Predict(model, few, new() { Draws = 800, Proposal = proposal });
                return Enumerable.Range(0, 40).Average(prediction.EffectiveSampleSize);
            }
        }
    }

    [Fact]
    public void Few_draws_are_warned_about_and_bad_arguments_are_refused()
    {
        var prediction = SurvivalPredictor.Predict(_model, s_covariates, new() { Draws = 20 });
        prediction.Warning(0).Should().Contain("of 20 draws count, fewer than 50");
        FluentActions.Invoking(() => prediction.For(5)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => prediction.For(0, 6)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => prediction.For(0).Survival(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => prediction.For(0).Quantile(1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => prediction.Survival([1], [0]))
            .Should().Throw<ArgumentException>().WithMessage("There are 1 combinations for 5 patients.*");
        FluentActions.Invoking(() => prediction.Survival([-1])).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Options_out_of_range_other_schemas_and_cancelled_calls_are_refused()
    {
        Predicting(new() { Draws = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        Predicting(new() { PriorShare = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        Predicting(new() { Quantiles = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => SurvivalPredictor.Predict(_model, SmallStudy.Trial(3, 1).Covariates))
            .Should().Throw<ArgumentException>().WithMessage("*another schema*");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        FluentActions.Invoking(() => SurvivalPredictor.Predict(_model, s_covariates, cancellationToken: cancelled.Token))
            .Should().Throw<OperationCanceledException>();

        Action Predicting(SurvivalPredictionOptions options) => () => SurvivalPredictor.Predict(_model, s_covariates, options);
    }

    [Fact]
    public void Prediction_leaves_no_tensors_behind()
    {
        SurvivalPredictor.Predict(_model, s_covariates, new() { Proposal = Proposal.EncoderMixture });
        var before = Reference.LiveTensors();
        SurvivalPredictor.Predict(_model, s_covariates, new() { Proposal = Proposal.EncoderMixture });
        SurvivalPredictor.Predict(_model, s_covariates);
        torch.Tensor.TotalCount.Should().Be(before);
    }

    private static double Normal(double z) => Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);

    private static torch.Tensor Points(double[] z) => torch.tensor(Array.ConvertAll(z, value => (float)value)).reshape(z.Length, 1, 1);

    /// <summary>p(x|z) of the patient, from the model's own density, which has tests of its own.</summary>
    private double[] Likelihoods(double[] z)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return _model.CovariateLogProb(_model.Rows(s_covariates).narrow(0, Patient, 1), Points(z)).exp().Values();
    }

    private double Expected(int combination, Func<WeibullDistribution, double> value)
    {
        var total = Reference.Integrate(z => [.. Likelihoods(z).Select((p, i) => p * Normal(z[i]))], -9, 9, 1000);
        return Reference.Integrate(
            z => [.. Likelihoods(z).Zip(Under(z), (p, w) => p * value(w)).Select((term, i) => term * Normal(z[i]))], -9, 9, 1000) / total;

        WeibullDistribution[] Under(double[] z)
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            var times = _model.TimesUnder(combination, Points(z));
            var (scales, shapes) = (times.LogScale.exp().Values(), times.Shape.Values());
            return [.. scales.Select((scale, i) => new WeibullDistribution(scale, shapes[i]))];
        }
    }
}
