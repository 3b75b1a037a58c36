using System.Globalization;
using TorchSharp;
using VaeToolkit.Survival;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Models;

/// <summary>Covariates that are counts of hundreds of thousands and more: cells, platelets, copies of a virus.</summary>
public sealed class LargeCountTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(250_000)]
    [InlineData(25_000_000)]
    [InlineData(1e15)]
    public void The_log_density_of_a_large_count_is_exact_to_the_rounding_of_its_total(double count)
    {
        // The second is far out by eight deviations of a Poisson distribution.
        double[] counts = [count, Math.Round(count + (8 * Math.Sqrt(count)))];
        var data = Data(counts);
        using var model = Model(data, logRate: Math.Log(count));
        using var rows = model.Items(data);
        var items = rows.InOrder(2).Select(batch => batch.Items.clone()).Single();
        double logRate = (float)Math.Log(count);
        // What the float32 row holds.
        var expected = items.narrow(1, 0, 1).Values().Select(x => LogDensity(x, logRate)).ToArray();
        var each = model.CovariateLogProb(items, torch.zeros(1, 2, 1)).Values();
        var all = model.CovariateLogProb(items, torch.zeros(3, 1, 1)).Values();
        for (var i = 0; i < 2; i++)
        {
            // Rounding of ln x and of e^l in float64 costs a few ulps of the terms, which are in the order of x ln x.
            var rounding = (1e-6 * Math.Abs(expected[i])) + (1e-15 * count * Math.Log(count));
            each[i].Should().BeApproximately(expected[i], rounding);
            all[i].Should().BeApproximately(expected[i], rounding);
            all[4 + i].Should().BeApproximately(expected[i], rounding);
        }
        model.Decode(torch.zeros(1, 1)).Mean.Values()[0].Should().BeApproximately(Math.Exp(logRate), 1e-5 * count);
    }

    [Fact]
    public void A_column_of_large_counts_is_learned_as_it_is()
    {
        var random = new Random(4);
        var data = Data([.. Enumerable.Range(0, 60).Select(_ => 2.5e7 + random.Next(-4000, 4000))]);
        var (model, _) = SavaeTraining.Fit(data, new()
        {
            Model = new() { LatentSize = 1, Hidden = [8] },
            Epochs = 300,
            BatchSize = 60,
            LearningRate = 0.03,
            WeightDecay = 0,
            Seed = 1,
        });
        using var owned = model;
        using var rows = model.Items(data);
        var items = rows.InOrder(60).Select(batch => batch.Items.clone()).Single();
        model.Decode(model.Encode(items).Mean).Mean.Values().Should().OnlyContain(rate => Math.Abs(rate - 2.5e7) < 0.05 * 2.5e7);
    }

    [Fact]
    public void Counts_that_no_rate_can_be_are_refused_by_column_and_value()
    {
        var schema = Data([3, 5]);
        using var model = Model(schema, logRate: 0);
        FluentActions.Invoking(() => model.Items(Data([4, 1e18], schema.Covariates.Schema))).Should().Throw<ArgumentException>()
            .WithMessage("the count 1E+18 of patient 1 in column 'cells' is above 1E+17*larger unit*CovariateKind.Positive*");
    }

    private static PatientData Data(double[] counts, CovariateSchema? schema = null)
    {
        var table = new PatientTable(["cells", "time", "event"],
            [.. counts.Select((count, i) => (string[])[count.ToString("R", CultureInfo.InvariantCulture), i % 2 == 0 ? "1" : "3", "1"])]);
        return PatientData.Read(table, schema ?? CovariateSchema.Fit(table, [new("cells", CovariateKind.Count)]), "time", "event");
    }

    /// <summary>A model whose decoder has one rate.</summary>
    private static Savae Model(PatientData data, double logRate)
    {
        var model = new Savae(data.Covariates.Schema, timeScale: 2, options: new() { LatentSize = 1, Hidden = [4] });
        using var noGradient = torch.no_grad();
        var state = model.state_dict();
        state["decoder.head.weight"].zero_();
        state["decoder.head.bias"].fill_((float)logRate);
        return model;
    }

    /// <summary>x l − e^l − ln x!, by Stirling's series and in differences from x, which do not cancel.</summary>
    private static double LogDensity(double x, double logRate)
    {
        // x (l − ln x) + x − e^l = −x (e^d − 1 − d) for d = l − ln x, whose series is for small d.
        var d = logRate - Math.Log(x);
        var gap = Math.Abs(d) < 1e-3 ? d * d * (0.5 + (d / 6) + (d * d / 24)) : Math.Exp(d) - 1 - d;
        return (-x * gap) - (0.5 * Math.Log(2 * Math.PI * x)) - (1 / (12 * x)) + (1 / (360 * x * x * x)) - (1 / (1260 * Math.Pow(x, 5)));
    }
}
