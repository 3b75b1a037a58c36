using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Models;

public sealed class GenerationTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Rows_of_a_grid_share_the_code_and_columns_the_label()
    {
        using var model = LinearM2.Model();
        var labels = model.Labels.AllRows(torch.zeros(1, dtype: torch.float64));
        torch.Tensor grid;
        using (SeedScope.Begin(3))
            grid = model.Generative.SampleGrid(labels, codes: 2).reshape(2, 3, 4);
        var means = torch.tensor(LinearM2.Means.ToArray());
        var withoutMeans = grid - means;
        for (var column = 1; column < 3; column++)
            withoutMeans.select(1, column).Values().Should().Equal(withoutMeans.select(1, 0).Values(), (a, b) => Math.Abs(a - b) < 1e-6);
        withoutMeans.select(0, 0).Values().Should().NotEqual(withoutMeans.select(0, 1).Values());
    }

    [Fact]
    public void Style_transfer_keeps_what_the_label_does_not_say()
    {
        using var model = LinearM2.Model();
        var labels = model.Labels.AllRows(torch.zeros(1, dtype: torch.float64));
        var x = torch.randn(2, 4, dtype: torch.float64);
        var own = labels.index_select(0, torch.tensor(new long[] { 2, 0 }));
        var grid = model.Generative.TransferStyle(x, own, labels).reshape(2, 3, 4);
        var reconstruction = model.Generative.Reconstruct(x, own);
        grid.select(0, 0).select(0, 2).Values().Should().Equal(reconstruction.select(0, 0).Values(), (a, b) => Math.Abs(a - b) < 1e-12);
        grid.select(0, 1).select(0, 0).Values().Should().Equal(reconstruction.select(0, 1).Values(), (a, b) => Math.Abs(a - b) < 1e-12);
        var change = (grid.select(1, 1) - grid.select(1, 0)).Values();
        change.Should().Equal(
            Enumerable.Range(0, 8).Select(i => LinearM2.Means[1, i % 4] - LinearM2.Means[0, i % 4]), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Several_labels_are_controlled_one_by_one()
    {
        var labels = new LabelSpace(3, 2);
        using var model = SmallM2.Seeded(labels);
        var rows = labels.Rows(torch.tensor(new[] { labels.IndexOf(1, 0), labels.IndexOf(1, 1) }));
        model.Generative.SampleGrid(rows, codes: 4).shape.Should().Equal(8, 6);
    }

    [Fact]
    public void Evidence_classifies_by_bayes_rule()
    {
        using var model = LinearM2.Model();
        var x = torch.randn(5, 4, dtype: torch.float64) * 2;
        var expected = LinearM2.LogJoint(x).SelectMany(row => row.Select(l => Math.Exp(l) / row.Sum(Math.Exp)));
        // With the exact posterior every sample has the same weight.
        model.ClassifyByEvidence(x, samples: 1).Values().Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-9);
        model.ClassifyByEvidence(x, samples: 5000).Values().Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-9);
        FluentActions.Invoking(() => model.ClassifyByEvidence(x, samples: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Both_halves_together_are_the_classifier_times_a_power_of_the_evidence()
    {
        using var model = LinearM2.Model();
        var x = torch.randn(5, 4, dtype: torch.float64) * 2;
        var expected = LinearM2.LogJoint(x).Zip(model.Classify(x).Values().Chunk(3), (logs, shares) =>
        {
            var weights = logs.Zip(shares, (log, share) => share * Math.Exp(0.3 * log)).ToArray();
            return weights.Select(weight => weight / weights.Sum());
        }).SelectMany(row => row);
        model.ClassifyByBoth(x, 0.3, samples: 2).Values().Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-9);
        model.ClassifyByBoth(x, 0).Values().Should().Equal(model.Classify(x).Values(), (a, b) => Math.Abs(a - b) < 1e-12);
        FluentActions.Invoking(() => model.ClassifyByBoth(x, -1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 0*");
        FluentActions.Invoking(() => model.ClassifyByBoth(x, 1, samples: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Evidence_of_many_items_is_that_of_a_few_at_a_time()
    {
        using var model = LinearM2.Model();
        var x = torch.randn(30_001, 4, dtype: torch.float64);
        var expected = LinearM2.LogJoint(x.narrow(0, 29_999, 2)).SelectMany(row => row.Select(l => Math.Exp(l) / row.Sum(Math.Exp)));
        model.ClassifyByEvidence(x, samples: 1).narrow(0, 29_999, 2).Values().Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void Evidence_by_more_samples_is_a_tighter_bound_of_the_joint_density()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3)).to(torch.float64);
        var x = torch.randn(50, 6, dtype: torch.float64);
        using var noGradient = torch.no_grad();
        double Mean(int samples) => JointEvidence.Of(model, x, samples).mean().ToDouble();
        Mean(100).Should().BeGreaterThan(Mean(1));
        JointEvidence.Of(model, x, 700).shape.Should().Equal(50, 3);
    }

    [Fact]
    public void Rows_that_are_no_labels_are_refused()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3));
        var (x, rows) = (torch.randn(2, 6), model.Labels.Rows(torch.tensor(new long[] { 0, 1 })));
        Invoking(() => model.Generative.SampleGrid(rows * 1.5, 2)).Should().Throw<ArgumentException>().WithMessage("*row 0 sums to 1.5*");
        Invoking(() => model.Generative.SampleGrid(rows, 0)).Should().Throw<ArgumentOutOfRangeException>();
        Invoking(() => model.Generative.TransferStyle(x, rows, torch.rand(3, 2))).Should().Throw<ArgumentException>();
        Invoking(() => model.Generative.TransferStyle(x, rows * -1, rows)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Every_thing_of_a_label_has_probabilities_of_its_own()
    {
        using var plain = SmallM2.Seeded(new LabelSpace(3));
        Refused(plain, [1, 1, 0], "*row 0 sums to 2,*");
        Refused(plain, [2, -1, 0], "*row 0 sums to 1,*least number is -1*");
        Refused(plain, [float.NaN, 0, 1], "*row 0 sums to NaN*");
        using var pairs = SmallM2.Seeded(new LabelSpace(3, 2));
        Refused(pairs, [1, 0, 1, 0, 0], "*row 0 sums to 2 over the 3 classes of thing 0*");
        Refused(pairs, [0, 1, 0, 0.5f, 0], "*row 0 sums to 0.5 over the 2 classes of thing 1*");
        pairs.Generative.Sample(torch.tensor(new[] { 0.5f, 0.5f, 0, 0.25f, 0.75f }).unsqueeze(0)).shape.Should().Equal(1, 6);

        static void Refused(M2Model model, float[] row, string why)
            => FluentActions.Invoking(() => model.Generative.Sample(torch.tensor(row).unsqueeze(0)))
                .Should().Throw<ArgumentException>().WithMessage(why);
    }

    [Fact]
    public void The_argument_that_does_not_fit_is_named_whatever_its_rank()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3));
        var (x, rows, bad) = (torch.randn(2, 6), model.Labels.Rows(torch.tensor(new long[] { 0, 1 })), torch.ones(2, 3));
        Named("y", () => model.Generative.TransferStyle(x, bad, rows));
        Named("labels", () => model.Generative.TransferStyle(x, rows, bad));
        Named("y", () => model.Generative.Sample(bad));
        Named("labels", () => model.Generative.SampleGrid(bad, 1));
        Named("y", () => model.Generative.Sample(torch.tensor(1f)));
        Named("labels", () => model.Generative.SampleGrid(torch.tensor(1f), 1));
        Named("x", () => model.Generative.Encode(torch.tensor(1f), rows));
        Named("input2", () => model.Generative.Encode(x, torch.tensor(1f)));
        Named("labels", () => model.Generative.Encoder.ForEach(x, torch.tensor(1f)));
        Named("x", () => model.Generative.Encoder.ForEach(torch.tensor(1f), rows));

        static void Named<T>(string parameter, Func<T> call)
            => call.Invoking(f => f()).Should().Throw<ArgumentException>().WithParameterName(parameter);
    }

    private static Action Invoking<T>(Func<T> function) => () => function();
}
