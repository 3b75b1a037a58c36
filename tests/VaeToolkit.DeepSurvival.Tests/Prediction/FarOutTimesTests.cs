using TorchSharp;
using VaeToolkit.DeepSurvival.Tests.Models;
using VaeToolkit.Survival;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Prediction;

/// <summary>Times from 1e-300 to 1e300, and covariates a million standard deviations out: no NaN for what is finite.</summary>
public sealed class FarOutTimesTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(3, "3")]
    [InlineData(1e-300, "1e-300")]
    [InlineData(1e300, "1e300")]
    public void A_step_of_training_stays_finite(double unit, string time)
    {
        using var model = new Savae(SmallStudy.Schema, unit, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [6] });
        var table = new PatientTable(
            ["age", "dose", "sex", "cell", "grade", "nodes", "radiotherapy", "regimen", "time", "event"],
            [
                ["50", "1", "1", "b", "low", "0", "0", "A", time, "1"],
                ["60", "10", "2", "a", "high", "3", "1", "B", "1e-300", "1"],
                ["1e7", "1e9", "2", "c", "mid", "", "1", "C", "1e300", "1"],
                ["-1e7", "1e-9", "1", "", "", "1000000", "0", "C", "1e300", "0"],
                ["55", "", "", "a", "low", "2", "1", "A", "1e-300", "0"],
            ]);
        using var items = model.Items(PatientData.Read(table, SmallStudy.Schema, "time", "event", SmallStudy.Treatments));
        using var optimizer = Optimizers.Adam(model.parameters(), 1e-3);
        var objective = new SavaeElbo();
        for (var step = 0; step < 3; step++)
        {
            foreach (var batch in items.InOrder(5))
                double.IsFinite(TrainingLoop.Step(model, objective, batch, optimizer).Loss).Should().BeTrue();
        }
        model.parameters().Should().OnlyContain(parameter => parameter.isfinite().all().ToBoolean());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void Predictions_have_no_NaN(double unit)
    {
        using var model = new Savae(SmallStudy.Schema, unit, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [6] });
        var table = new PatientTable(["age", "dose", "sex", "cell", "grade", "nodes"],
            [["50", "1", "1", "b", "low", "0"], ["1e7", "1e9", "2", "c", "mid", "1000000"], ["-1e7", "1e-9", "1", "b", "low", ""]]);
        foreach (var proposal in Enum.GetValues<Proposal>())
        {
            var all = SurvivalPredictor.Predict(model, SmallStudy.Schema.Encode(table), new() { Draws = 50, Proposal = proposal });
            for (var i = 0; i < all.Count; i++)
                NoNaN(all.For(i), unit);
        }
    }

    [Theory]
    [InlineData(-700)]
    [InlineData(0)]
    [InlineData(700)]
    public void Mixtures_of_the_widest_and_narrowest_shapes_have_no_NaN(double logScale)
        => NoNaN(new PredictiveDistribution([0.5, 0.25, 0.25], new([logScale - 15, logScale, logScale + 15], [0.05, 20, 1])), 1);

    [Fact]
    public void Covariates_outside_their_support_are_refused_by_row()
    {
        using var model = new Savae(SmallStudy.Schema, 3, SmallStudy.Treatments, new() { LatentSize = 2, Hidden = [6] });
        using var items = model.Items(SmallStudy.Data);
        var rows = items.InOrder(5).Select(batch => batch.Items.clone()).First();
        var z = torch.zeros(5, 2);
        model.CovariateLogProb(rows, z).isfinite().all().ToBoolean().Should().BeTrue();
        // Two numbers, age and dose, come first, then sex.
        rows[3, 2] = 2;
        FluentActions.Invoking(() => model.CovariateLogProb(rows, z)).Should().Throw<ArgumentException>()
            .WithMessage("item 3 of x is outside the likelihood's support: binaries must be in [0, 1], these are in [2, 2]*");
    }

    private static void NoNaN(PredictiveDistribution predicted, double unit)
    {
        var estimates = new Dictionary<string, Estimate> { ["mean"] = predicted.Mean, ["median"] = predicted.Median };
        foreach (var p in (double[])[1e-300, 1e-9, 0.01, 0.9, 1 - 1e-15])
            estimates.Add($"quantile {p}", predicted.Quantile(p));
        foreach (var time in ((double[])[5e-324, 1e-300, 1e-10, 1, unit, 1e10, 1e300, double.MaxValue]).Distinct())
        {
            estimates.Add($"survival {time}", predicted.Survival(time));
            estimates.Add($"density {time}", predicted.Density(time));
            estimates.Add($"hazard {time}", predicted.Hazard(time));
            estimates.Add($"restricted mean {time}", predicted.RestrictedMean(time));
        }
        estimates.Where(pair => double.IsNaN(pair.Value.Value) || double.IsNaN(pair.Value.StandardError))
            .Select(pair => $"{pair.Key}: {pair.Value}").Should().BeEmpty();
        predicted.Survival(5e-324).Value.Should().BeInRange(0, 1);
    }
}
