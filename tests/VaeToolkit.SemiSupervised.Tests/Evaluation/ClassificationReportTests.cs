using TorchSharp;
using VaeToolkit.SemiSupervised.Tests.Models;

namespace VaeToolkit.SemiSupervised.Tests.Evaluation;

public sealed class ClassificationReportTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_classifier_that_gives_no_logits_or_takes_other_items_is_named()
    {
        using var data = Rows([0.9, 0.1, 0.8, 0.2], [0, 1]);
        using var flat = torch.nn.Flatten(0);
        FluentActions.Invoking(() => ClassificationReport.Of(flat, data)).Should().ThrowExactly<ArgumentException>()
            .WithMessage("Flatten gives [4] for items [2, 2]; it must give logits [2, C]*");
        using var wide = torch.nn.Linear(3, 2);
        FluentActions.Invoking(() => ClassificationReport.Of(wide, data)).Should().ThrowExactly<ArgumentException>()
            .Which.Message.Should().StartWith("data ").And.NotContain("\n");
    }

    [Fact]
    public void Figures_of_five_rows_are_those_counted_by_hand()
    {
        // Rows are probabilities already; the classifier hands on their logarithms.
        using var data = Rows([0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.95, 0.05, 0.4, 0.6], [0, 1, 1, 0, 0]);
        var report = ClassificationReport.Of(new Logarithm(), data);
        report.Accuracy.Should().BeApproximately(0.6, 1e-12);
        report.AccuracyStandardError.Should().BeApproximately(Math.Sqrt(0.6 * 0.4 / 5), 1e-12);
        report.Confusion[0].Should().Equal(2, 1);
        report.Confusion[1].Should().Equal(1, 1);
        report.LogLoss.Should().BeApproximately(
            -(Math.Log(0.9) + Math.Log(0.2) + Math.Log(0.7) + Math.Log(0.95) + Math.Log(0.4)) / 5, 1e-9);
        // Bins of 1/15: 0.9 falls into 13, 0.95 into 14, 0.8 into 12, 0.7 into 10, 0.6 into 9; rows 0, 2 and 3 are right.
        report.CalibrationError.Should().BeApproximately((0.1 + 0.8 + 0.3 + 0.05 + 0.6) / 5, 1e-9);
        report.Information.Should().BeApproximately(-0.6 * Math.Log(0.6) - 0.4 * Math.Log(0.4) - report.LogLoss, 1e-12);
        report.ToString().Should().Contain("accuracy 0.6000").And.Contain("5 items");
    }

    [Fact]
    public void An_item_without_an_answer_is_named_instead_of_a_report_of_NaN()
    {
        using var classifier = new MlpClassifier(2, [4], 2);
        using (torch.no_grad())
            classifier.parameters().ToList().ForEach(parameter => parameter.mul_(20));
        var items = torch.rand(700, 2);
        items[612] = torch.tensor(new[] { 3e38f, -3e38f });
        using var data = new TensorData(items, torch.zeros(700, torch.int64));
        FluentActions.Invoking(() => ClassificationReport.Of(classifier, data))
            .Should().Throw<ArithmeticException>().WithMessage("the answer for item 612 of the data is NaN*");
        using var sound = data.Select([0, 1, 2]);
        double.IsNaN(ClassificationReport.Of(classifier, sound).LogLoss).Should().BeFalse();
        using var silent = new Silent();
        FluentActions.Invoking(() => ClassificationReport.Of(silent, sound))
            .Should().Throw<ArgumentException>().WithMessage("Silent gives null for items [3, 2]; it must give logits [3, C]*");
    }

    [Fact]
    public void Of_a_model_too_it_is_the_item_of_the_data_not_of_the_batch()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3));
        using (torch.no_grad())
            model.parameters().ToList().ForEach(parameter => parameter.mul_(20));
        var items = torch.rand(700, 6);
        items[612] = torch.tensor(new[] { 3e38f, -3e38f, 3e38f, -3e38f, 3e38f, -3e38f });
        using var data = new TensorData(items, torch.zeros(700, torch.int64));
        var broken = items.narrow(0, 0, 600).clone();
        broken[555, 3] = float.NaN;
        using var unlooked = new Unlooked(broken);
        foreach (var report in new Func<DataSource, ClassificationReport>[]
                 {
                     some => ClassificationReport.Of(model, some), some => ClassificationReport.OfEvidence(model, some, samples: 2),
                     some => ClassificationReport.OfBoth(model, some, evidenceWeight: 0.5, samples: 2),
                 })
        {
            FluentActions.Invoking(() => report(data))
                .Should().ThrowExactly<ArithmeticException>().WithMessage("the answer for item 612 of the data is NaN*");
            FluentActions.Invoking(() => report(unlooked))
                .Should().ThrowExactly<ArgumentException>().WithMessage("data holds NaN or infinity in item 555; mask or replace*");
            using var sound = data.Select([0, 1, 2]);
            double.IsNaN(report(sound).LogLoss).Should().BeFalse();
        }
    }

    [Fact]
    public void The_halves_are_reported_as_the_model_classifies_by_them()
    {
        using var data = SmallM2.Clusters(60, 1);
        using var model = SmallM2.Seeded(new LabelSpace(3));
        var rows = data.InOrder(60).Select(batch => (Items: batch.Items.clone(), Labels: batch.Labels!.clone())).First();
        Check(() => ClassificationReport.OfEvidence(model, data, samples: 3), () => model.ClassifyByEvidence(rows.Items, samples: 3));
        Check(() => ClassificationReport.OfBoth(model, data, 0.3, samples: 3), () => model.ClassifyByBoth(rows.Items, 0.3, samples: 3));
        FluentActions.Invoking(() => ClassificationReport.OfEvidence(model, data, samples: 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("samples");
        FluentActions.Invoking(() => ClassificationReport.OfBoth(model, data, -1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("evidenceWeight");

        void Check(Func<ClassificationReport> report, Func<torch.Tensor> answers)
        {
            torch.manual_seed(4);
            var logLoss = report().LogLoss;
            torch.manual_seed(4);
            var own = answers().gather(1, rows.Labels.unsqueeze(1)).to(torch.float64).clamp_min(1e-30).log().neg().mean().ToDouble();
            logLoss.Should().BeApproximately(own, 1e-6 * Math.Max(1, own));
        }
    }

    [Fact]
    public void A_classifier_whose_probabilities_are_its_shares_is_calibrated()
    {
        using var data = Rows([.. Enumerable.Repeat(new[] { 0.75, 0.25 }, 8).SelectMany(row => row)], [0, 0, 0, 1, 0, 0, 0, 1]);
        ClassificationReport.Of(new Logarithm(), data).CalibrationError.Should().BeApproximately(0, 1e-9);
    }

    [Fact]
    public void An_m2_model_is_reported_by_its_classifier()
    {
        using var rows = SmallM2.Clusters(60, 1);
        using var model = SmallM2.Seeded(new LabelSpace(3));
        ClassificationReport.Of(model, rows).Should().BeEquivalentTo(ClassificationReport.Of(model.Classifier, rows),
            o => o.Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-6)).WhenTypeIs<double>());
    }

    [Fact]
    public void Labels_that_cannot_be_compared_are_refused()
    {
        using var wrong = Rows([0.5, 0.5, 0.5, 0.5], [0, 2]);
        FluentActions.Invoking(() => ClassificationReport.Of(new Logarithm(), wrong))
            .Should().Throw<ArgumentException>().WithMessage("*row 1 is 2*");
        using var none = new TensorData(torch.rand(3, 2));
        FluentActions.Invoking(() => ClassificationReport.Of(new Logarithm(), none))
            .Should().Throw<ArgumentException>().WithMessage("*no labels*");
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => ClassificationReport.Of(new Logarithm(), wrong, cancellationToken: source.Token))
            .Should().Throw<OperationCanceledException>();
    }

    private static TensorData Rows(double[] probabilities, long[] labels)
        => new(torch.tensor(probabilities, [labels.Length, 2L]), torch.tensor(labels));

    private sealed class Logarithm() : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(Logarithm))
    {
        public override torch.Tensor forward(torch.Tensor input) => input.log();
    }

    /// <summary>Items of class 0 that nobody has looked through.</summary>
    private sealed class Unlooked(torch.Tensor items) : DataSource
    {
        public override long Count => items.shape[0];

        public override IReadOnlyList<long> ItemShape => items.shape[1..];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => throw new NotSupportedException();

        public override IEnumerable<Batch> InOrder(int size, long seed = 0)
            => items.split(size).Select(part => new Batch(part, torch.zeros(part.shape[0], torch.int64)));

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Silent() : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(Silent))
    {
        public override torch.Tensor forward(torch.Tensor input) => null!;
    }
}
