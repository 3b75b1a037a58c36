using MathNet.Numerics;
using TorchSharp;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Networks;
using VaeToolkit.Survival;
using VaeToolkit.Survival.Tests.Regression;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Prediction;

public sealed class FarOutTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1e5, 0)]
    [InlineData(1e300, 0)]
    [InlineData(-1e5, 1)]
    [InlineData(-1e300, 1)]
    public void Cox_regression_predicts_one_before_the_first_event_and_an_end_after_it(double age, double late)
    {
        var model = CoxModel.Fit(Larynx.Table.Patients, Larynx.Table.Covariates);
        var patient = new double[,] { { 0, 0, 0, age } };
        Math.Abs(model.LinearPredictors(patient)[0]).Should().BeGreaterThan(1000);
        var survival = model.Survival(patient, [0, 0.05, 5]);
        survival.Should().BeEquivalentTo(new double[,] { { 1, 1, late } });
        var curve = model.SurvivalCurves(patient)[0];
        (curve.At(0.05), curve.At(5)).Should().Be((1, late));
        new CumulativeHazard([1, 2], [0, 1], 3).ToSurvival(double.PositiveInfinity).At(1).Should().Be(1);
    }

    [Fact]
    public void One_far_out_patient_does_not_take_the_others_brier_score()
    {
        var (patients, covariates) = (Larynx.Table.Patients, (double[,])Larynx.Table.Covariates.Clone());
        var model = CoxModel.Fit(patients, covariates);
        covariates[3, 3] = 1e5;
        double[] grid = [0.05, 1, 2, 3];
        var curve = BrierScore.Curve(patients, model.Survival(covariates, grid), grid, patients);
        curve.Scored.Should().OnlyContain(scored => scored);
        curve.Findings.Should().BeEmpty();
    }

    [Fact]
    public void A_row_whose_predictor_overflows_in_both_directions_is_named()
    {
        var model = CoxModel.Fit(Larynx.Table.Patients, Larynx.Table.Covariates);
        var signs = model.Coefficients.Select(Math.Sign).ToArray();
        var rows = new double[2, 4];
        (rows[1, 0], rows[1, 3]) = (double.MaxValue, -double.MaxValue * signs[0] * signs[3]);
        // Either term alone overflows after multiplication by a large coefficient.
        var scaled = CoxModel.Fit(Larynx.Table.Patients, Scaled(Larynx.Table.Covariates, 1e-9));
        FluentActions.Invoking(() => scaled.LinearPredictors(rows))
            .Should().Throw<ArgumentException>().WithMessage("Row 1 cannot be predicted*");
    }

    [Theory]
    [InlineData(1e5)]
    [InlineData(-1e5)]
    [InlineData(1e300)]
    [InlineData(-1e300)]
    public void Weibull_regression_predicts_ends_and_names_a_row_without_a_distribution(double age)
    {
        var model = WeibullRegression.Fit(Larynx.Table.Patients, Larynx.Table.Covariates);
        var rows = new double[,] { { 0, 0, 0, 60 }, { 0, 0, 0, age } };
        var survival = model.Survival(rows, [0, 1e-300, 5, 1e300]);
        survival.Cast<double>().Should().OnlyContain(value => value >= 0 && value <= 1);
        survival[1, 0].Should().Be(1);
        survival[1, 2].Should().Be(model.Coefficients[3] * age > 0 ? 1 : 0);
        FluentActions.Invoking(() => model.Distributions(rows)).Should().Throw<ArgumentException>().WithMessage("Row 1 is so far out*");
    }

    [Theory]
    [InlineData(Proposal.Prior, Activation.Tanh)]
    [InlineData(Proposal.EncoderMixture, Activation.Tanh)]
    [InlineData(Proposal.Prior, Activation.ReLU)]
    [InlineData(Proposal.EncoderMixture, Activation.ReLU)]
    public void Savae_predicts_and_recommends_for_every_finite_covariate(Proposal proposal, Activation activation)
    {
        using var model = new Savae(
            SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [6], Activation = activation });
        string[] sizes = ["1e4", "1e12", "1e25", "1e60", "1.7e308"];
        var table = new PatientTable(["age", "dose", "sex", "cell", "grade", "nodes"],
            [.. sizes.SelectMany(size => new string[][]
            {
                [size, "1", "1", "b", "low", "0"], [$"-{size}", "1", "1", "b", "low", "0"], ["50", "1", "1", "b", "low", size],
                ["50", size, "1", "b", "low", "0"], [size, size, "2", "a", "high", size],
            }), ["50", "5e-324", "1", "b", "low", "0"]]);
        var prediction = SurvivalPredictor.Predict(model, SmallStudy.Schema.Encode(table), new() { Draws = 200, Proposal = proposal });
        prediction.Survival([0.01, 2, 100]).Cast<double>().Should().OnlyContain(value => value >= 0 && value <= 1);
        for (var i = 0; i < prediction.Count; i++)
        {
            Enumerable.Range(0, 6).Sum(t => prediction.TreatmentProbability(i, t)).Should().BeApproximately(1, 1e-4);
            foreach (var utility in (Utility[])[Utility.Mean, Utility.Median, Utility.RestrictedMean(5), Utility.Survival(5)])
                Recommend.Treatment(prediction, i, utility).Ranking.Should().OnlyContain(treatment =>
                    double.IsFinite(treatment.Utility.Value) && double.IsFinite(treatment.Utility.StandardError)
                    && double.IsFinite(treatment.Shortfall.Value) && double.IsFinite(treatment.Probability));
        }
    }

    [Fact]
    public void A_model_that_cannot_weigh_a_patient_names_the_patient()
    {
        using var model = new Savae(SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [6] });
        using (torch.no_grad())
            model.get_parameter("decoder.head.bias")!.fill_(double.NaN);
        FluentActions.Invoking(() => SurvivalPredictor.Predict(model, SmallStudy.Data.Covariates, new() { Draws = 20 }))
            .Should().Throw<ArgumentException>().WithMessage("Patient 0 (and * more) cannot be predicted*");
    }

    [Fact]
    public void Hazards_of_late_times_and_quantiles_of_small_probabilities_are_those_of_the_mixture()
    {
        // Exponential times of scales 1 and 2 with weights ¼ and ¾: late on only the second is left.
        var predicted = new PredictiveDistribution([0.25, 0.75], new MixtureComponents([0, Math.Log(2)], [1, 1]));
        predicted.Hazard(5000).Value.Should().BeApproximately(0.5, 1e-12);
        predicted.Hazard(1400).Value.Should().BeApproximately(0.5, 1e-12);
        predicted.Hazard(1e300).StandardError.Should().BeLessThan(1e-12);
        foreach (var p in (double[])[1e-300, 1e-20, 1e-9, 0.005])
        {
            var y = predicted.Quantile(p);
            var failed = -0.25 * SpecialFunctions.Expm1(-y.Value) - 0.75 * SpecialFunctions.Expm1(-y.Value / 2);
            failed.Should().BeApproximately(p, 1e-12 * p);
            double.IsFinite(y.StandardError).Should().BeTrue();
        }
    }

    [Fact]
    public void Patients_without_a_prediction_are_named_by_the_brier_curve()
    {
        var patients = SurvivalTimes.FromIndicators([1, 2, 2, 3, 4], [1, 1, 0, 0, 1]);
        var survival = new double[5, 3];
        (survival[2, 1], survival[4, 1]) = (double.NaN, double.NaN);
        for (var row = 0; row < 5; row++)
            survival[row, 2] = double.NaN;
        var curve = BrierScore.Curve(patients, survival, [1, 2, 3], patients);
        curve.Scored.Should().Equal(true, false, false);
        curve.Findings.Should().Equal("time 2 is not scored: the prediction for patient 2 is NaN, and 1 more are");
    }

    private static double[,] Scaled(double[,] matrix, double factor)
    {
        var scaled = (double[,])matrix.Clone();
        for (var row = 0; row < scaled.GetLength(0); row++)
            for (var column = 0; column < scaled.GetLength(1); column++)
                scaled[row, column] *= factor;
        return scaled;
    }
}
