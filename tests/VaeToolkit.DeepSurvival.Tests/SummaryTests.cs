using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Survival;
using VaeToolkit.Survival.Tests;
using VaeToolkit.Survival.Tests.Curves;
using VaeToolkit.Survival.Tests.Regression;

namespace VaeToolkit.DeepSurvival.Tests;

public class SummaryTests
{
    [RealDataFact("tabular/lung.csv")]
    public void Cox_regression_has_the_table_that_R_prints()
    {
        var lung = Table.Read("lung", "age", "sex", "ph_ecog");
        var model = CoxModel.Fit(lung.Patients, lung.Covariates, names: ["age", "sex", "ph_ecog"]);
        var sex = model.Summary()[1];
        // summary(coxph(Surv(time, status) ~ age + sex + ph.ecog, lung)).
        (sex.Name, Math.Round(sex.Coefficient, 6), Math.Round(sex.Ratio, 6)).Should().Be(("sex", -0.552612, 0.575445));
        (Math.Round(sex.StandardError, 6), Math.Round(sex.Z, 3), Math.Round(sex.PValue, 6)).Should().Be((0.167739, -3.294, 0.000986));
        (Math.Round(sex.RatioLower, 4), Math.Round(sex.RatioUpper, 4)).Should().Be((0.4142, 0.7994));
        model.ToString().Should().Contain("227 patients, 164 events").And.Contain("hazard ratio  standard error")
            .And.Contain("lower 95 %").And.Contain("sex").And.Contain("-0.5526").And.Contain("0.5754").And.Contain("0.1677")
            .And.Contain("-3.29").And.Contain("0.000986").And.Contain("0.4142").And.Contain("0.7994")
            .And.Contain("likelihood ratio χ² 30.5 on 3");
    }

    [Fact]
    public void Weibull_regression_lists_every_estimate_and_levels_are_checked()
    {
        var model = WeibullRegression.Fit(Larynx.Table.Patients, Larynx.Table.Covariates, names: ["II", "III", "IV", "age"]);
        model.Summary().Select(row => row.Name).Should().Equal("intercept", "II", "III", "IV", "age", "ln shape");
        model.Summary()[3].Coefficient.Should().Be(model.Coefficients[2]);
        model.Summary()[3].StandardError.Should().Be(model.StandardErrors[3]);
        model.Summary(0.9)[3].Upper.Should().BeApproximately(model.Coefficients[2] + 1.6448536269514722 * model.StandardErrors[3], 1e-12);
        WeibullRegression.Fit(Larynx.Table.Patients, options: new() { Shape = 1 }).Summary().Should().ContainSingle();
        FluentActions.Invoking(() => model.Summary(1)).Should().Throw<ArgumentOutOfRangeException>();
        model.ToString().Should().Contain("Weibull regression: 90 patients, 50 events").And.Contain("ln shape")
            .And.Contain("standard error");
    }

    [Fact]
    public void A_column_that_R_would_print_is_aligned()
    {
        var lines = KaplanMeier.Fit(Leukaemia.Maintained).ToString().Split(Environment.NewLine);
        lines[0].Should().Be("Kaplan-Meier until 161, 7 events, median 31");
        lines[1].Should().Be("time  at risk  events  survival  standard error  lower 95 %  upper 95 %");
        lines[2].Should().StartWith("9          11       1    0.9091         0.08668");
        lines.Should().HaveCount(9);
    }

    [Fact]
    public void No_result_prints_the_name_of_its_type()
    {
        var (patients, covariates) = (Larynx.Table.Patients, Larynx.Table.Covariates);
        var cox = CoxModel.Fit(patients, covariates, new() { Ridge = 1 });
        var prediction = new SurvivalPrediction(
            [[0.5, 0.5]], [[new MixtureComponents([0, 1], [1, 2]), new MixtureComponents([0, 2], [1, 2])]], TreatmentSet.OfBinary("drug"),
            new[,] { { -0.7, -0.7 } });
        var advice = Recommend.Treatment(prediction, 0, Utility.Mean);
        var fold = StratifiedFolds.Draw(patients)[0];
        double[] grid = [1, 2];
        object[] results =
        [
            patients, cox, cox.BaselineHazard(), cox.SurvivalCurves(covariates)[0], WeibullRegression.Fit(patients), cox.Summary()[0],
            NelsonAalen.Fit(patients), KaplanMeier.Fit(patients), CoxModel.Fit(patients, covariates).WaldTest(),
            BrierScore.Curve(patients, cox.Survival(covariates, grid), grid, patients),
            Concordance.Harrell(patients, cox.LinearPredictors(covariates)), fold,
            CrossValidation.Run(patients, [new("half", (f, times) => new double[f.Test.Count, times.Count])], new() { Repeats = 1 }),
            new CandidateScores("a", [0.1], [0.5]), new FoldFailure("a", 0, 1, new FormatException("why")),
            SmallStudy.Table, SmallStudy.Schema, SmallStudy.Data, SmallStudy.Data.Covariates, SmallStudy.Treatments,
            SmallStudy.Treatments.Factors[1], CovariateColumn.Guess(SmallStudy.Table), SimulatedTrial.Draw(5, 1),
            new WeibullDistribution(2, 3), prediction, prediction.For(0), prediction.For(0).Mean, advice, advice.Chosen,
        ];
        foreach (var result in results)
            result.ToString().Should().NotContain("VaeToolkit").And.NotContain("System.").And.NotContain(result.GetType().Name + " {")
                .And.NotContain("`").And.NotBeNullOrWhiteSpace();
        advice.ToString().Should().StartWith("recommended: drug=1").And.Contain("short of the best");
        cox.ToString().Should().Contain("ridge penalty of 1");
    }
}
