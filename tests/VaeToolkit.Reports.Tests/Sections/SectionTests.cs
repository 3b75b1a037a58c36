using System.Globalization;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests.Sections;

/// <summary>Sections against figures that are known.</summary>
public sealed class SectionTests
{
    [Theory] // Wilson (1927); values of Newcombe (1998), table I: 81 of 263 and 0 of 20
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(0, 20, 0.0, 0.1611)]
    public void Wilsons_interval_is_the_published_one(long found, long total, double low, double high)
    {
        var interval = ReportSections.Wilson(found, total);
        interval.Low.Should().BeApproximately(low, 5e-5);
        interval.High.Should().BeApproximately(high, 5e-5);
    }

    [Fact]
    public void Equal_weights_count_all_and_one_weight_counts_one()
    {
        Text(ReportSections.Components([2, 2, 2, 2])).Should().Be("4 components, of which 4.000 count: 1 / Σ w².");
        Text(ReportSections.Components([3, 0, 0])).Should().Be("3 components, of which 1.000 count: 1 / Σ w².");
    }

    [Fact]
    public void Weights_and_counts_that_are_none_are_refused()
    {
        FluentActions.Invoking(() => ReportSections.Components([0.5, double.NaN])).Should().Throw<ArgumentException>()
            .WithMessage("weights[1] is NaN; it must be finite and at least 0*");
        FluentActions.Invoking(() => ReportSections.Components([-1, 2])).Should().Throw<ArgumentException>()
            .WithMessage("weights[0] is -1;*");
        FluentActions.Invoking(() => ReportSections.Components([0, 0])).Should().Throw<ArgumentException>()
            .WithMessage("none of the 2 weights is above 0*");
        FluentActions.Invoking(() => ReportSections.ConfusionMatrix(new long[,] { { 3, 1 }, { -2, 4 } })).Should()
            .Throw<ArgumentException>().WithMessage("counts has -2; a count must be at least 0*");
    }

    [Fact]
    public void The_constraint_of_a_run_is_that_of_its_report_and_a_run_without_one_is_refused()
    {
        using var run = new MadeRun().WithEpochs(
            [5, 4], null, i => new() { ["constraint_batch"] = 3 - i, ["lambda"] = 1 + i, ["kl"] = 2 });
        var charts = ReportSections.Constraint(run.Folder).Blocks.OfType<ReportChart>().ToList();
        charts.Select(chart => chart.Caption).Should().Equal("constraint_batch", "lambda");
        charts[1].Curves[0].Y.Should().Equal(1, 2);
        using var plain = new MadeRun().WithEpochs([5, 4], null);
        FluentActions.Invoking(() => ReportSections.Constraint(plain.Folder)).Should().Throw<ArgumentException>()
            .WithMessage("*no multiplier*");
    }

    [Fact]
    public void A_task_matrix_has_the_mean_of_its_last_row()
    {
        var section = ReportSections.TaskMatrix("nats", new[,] { { 1.0, double.NaN }, { 3.0, 5.0 } });
        section.Blocks.OfType<ReportText>().Single().Text.Should().Be("After the last task the mean over tasks is 4.000.");
        FluentActions.Invoking(() => ReportSections.TaskMatrix("nats", new double[2, 2], ["one"])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ReportSections.ConfusionMatrix(new long[2, 3])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(0.5, "1")] // the decoder's own deviation
    [InlineData(1.0, "4")] // twice of it
    public void Calibration_finds_the_share_of_values_within_the_predicted_intervals(double deviation, string ratio)
    {
        using var seed = SeedScope.Begin(5);
        using var scope = torch.NewDisposeScope();
        using var vae = new Vae(
            new MlpEncoder(16, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Gaussian(0.25, 16)), new StandardNormalPrior(2));
        using (torch.no_grad())
        {
            foreach (var parameter in vae.Decoder.parameters())
                parameter.zero_();
        }
        using var data = new TensorData(torch.randn(500, 16) * deviation);
        using var run = new MadeRun().WithEpochs([1], null);
        using var context = new ReportContext(RunRecord.Read(run.Folder), new() { Data = data, Model = vae });
        var section = new Calibration().Make(context)!;
        // 8,000 values: squared normal numbers have variance 2.
        double.Parse(Text(section).Split(' ')[3], CultureInfo.InvariantCulture)
            .Should().BeApproximately(double.Parse(ratio, CultureInfo.InvariantCulture), 4 * Math.Sqrt(2 / 8000.0) * 4);
        var found = section.Blocks.OfType<ReportChart>().Single().Curves[0];
        for (var i = 0; i < found.X.Count; i++)
        {
            var bound = MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, 0.5 + found.X[i] / 2) * 0.5 / deviation;
            var expected = 2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1, bound) - 1;
            found.Y[i].Should().BeApproximately(expected, 4 * Math.Sqrt(expected * (1 - expected) / 8000) + 1e-9);
        }
    }

    [Fact]
    public void The_divergence_by_feature_adds_up_to_the_whole_and_the_plane_holds_all_variance_of_two_features()
    {
        using var seed = SeedScope.Begin(6);
        using var scope = torch.NewDisposeScope();
        using var vae = new Vae(
            new MlpEncoder(16, 3, [8]), new MlpDecoder(3, [8], ObservationModel.Bernoulli(16)), new StandardNormalPrior(3));
        var items = torch.rand(40, 16);
        using var data = new TensorData(items);
        var reading = LatentReading.Of(vae, data);
        vae.eval();
        var posterior = vae.Encode(items);
        reading.Kl!.Sum().Should().BeApproximately(vae.Prior.AnalyticKl(posterior)!.mean().ToDouble(), 1e-5);
        reading.Means.Should().HaveCount(40 * 3);
        reading.Means[3 * 7 + 2].Should().BeApproximately(posterior.Mean[7, 2].ToDouble(), 1e-6);
        reading.ByActivity.Select(unit => reading.Kl![unit]).Should().BeInDescendingOrder();
        reading.Activity.MeanVariances[1].Should().BeApproximately(posterior.Mean.select(1, 1).var().ToDouble(), 1e-5);
    }

    [Fact]
    public void A_run_of_geco_has_its_multiplier_on_a_logarithmic_axis_and_its_constraint_beside_zero()
    {
        using var run = new MadeRun().WithEpochs([5, 4, 3], [5, 4, 3], i => new()
        {
            ["kl"] = 5 + i,
            ["reconstruction"] = 20 - i,
            ["constraint"] = 0.1,
            ["constraint_batch"] = 0.2 - 0.1 * i,
            ["lambda"] = Math.Pow(10, i),
        });
        using var context = new ReportContext(RunRecord.Read(run.Folder), new());
        var charts = new Constraint().Make(context)!.Blocks.OfType<ReportChart>().ToList();
        charts.Select(chart => chart.Caption).Should().Equal("constraint_batch", "lambda");
        charts[0].Levels.Single().At.Should().Be(0);
        charts[1].LogarithmicY.Should().BeTrue();
        charts[1].Curves.Single().Y.Should().Equal(1, 10, 100);
        new TrainingCurves().Make(context).Blocks.OfType<ReportChart>().Select(chart => chart.Caption)
            .Should().Equal("Loss", "kl", "reconstruction");
    }

    [Fact]
    public void The_work_of_ranks_has_a_chart_and_a_table_where_there_are_several()
    {
        using var run = new MadeRun().WithEpochs([5, 4, 3], null, ranks: i => i == 0 ? null : [i, 3 * i]);
        using var context = new ReportContext(RunRecord.Read(run.Folder), new());
        var blocks = new RankWork().Make(context)!.Blocks;
        var curves = blocks.OfType<ReportChart>().Single().Curves;
        curves[0].X.Should().Equal(2, 3);
        curves[0].Y.Should().Equal([3, 6], "the slowest worked so long");
        curves[1].Y.Should().Equal(2, 4);
        blocks.OfType<ReportTable>().Single().Rows.Should().BeEquivalentTo(
            new[] { new[] { "0", "3.000", "0.5000" }, ["1", "9.000", "1.500"] });
        using var alone = new MadeRun().WithEpochs([5, 4], null, ranks: _ => [1]);
        using var other = new ReportContext(RunRecord.Read(alone.Folder), new());
        new RankWork().Make(other).Should().BeNull();
    }

    [Fact]
    public void Schedules_that_move_have_a_chart_and_others_a_sentence()
    {
        using var run = new MadeRun().WithEpochs(
            [5, 4, 3], null, i => new() { ["kl"] = 5, ["beta"] = (i + 1) / 3.0 }, warmUp: 2);
        using var context = new ReportContext(RunRecord.Read(run.Folder), new());
        var section = new TrainingCurves().Make(context);
        section.Blocks.OfType<ReportChart>().Select(chart => chart.Caption).Should().Equal("Loss", "kl", "beta");
        section.Blocks.OfType<ReportChart>().First().Marks.Should().Equal((3, "best epoch, 3"), (2.5, "end of the warm-up"));
        Text(section).Should().Be("Constant throughout: learning rate 0.001, time of a step 25.");
    }

    [Fact]
    public void A_comparison_shows_who_is_best_and_only_the_settings_that_differ()
    {
        using var one = new MadeRun("one").WithEpochs([9, 8], [9, 8]).WithOptions("""{ "epochs": 2, "learning_rate": 0.1 }""")
            .WithState("Elbo", new() { ["Elbo.Samples"] = "1" });
        using var two = new MadeRun("two").WithEpochs([9, 7], [9, 6]).WithOptions("""{ "epochs": 2, "learning_rate": 0.2 }""")
            .WithState("Elbo", new() { ["Elbo.Samples"] = "1" });
        using var folder = new TemporaryFolder();
        var page = ReportTests.Read(Report.Compare([one.Folder, two.Folder], folder["compare.html"]));
        page.Descendants("p").First().Value.Should().Be("The lowest validation loss is that of two: 6.000 nats per item in epoch 2.");
        ReportTests.Sections(page).Should().Equal("Runs", "Curves", "Settings that differ");
        ReportTests.Row(page, "learning rate").Should().Equal("0.1", "0.2");
        page.Descendants("th").Select(head => head.Value).Should().NotContain("epochs ");
        page.Descendants("tr").Count(row => row.Elements("th").FirstOrDefault()?.Value == "Elbo.Samples").Should().Be(0);
    }

    [Fact]
    public void Runs_of_different_objectives_are_not_ranked_by_their_loss()
    {
        using var one = new MadeRun("one").WithEpochs([9, 8], null).WithState("Elbo", new() { ["Elbo.Beta"] = "1" });
        using var two = new MadeRun("two").WithEpochs([9, 7], null).WithState("Elbo", new() { ["Elbo.Beta"] = "4" });
        using var folder = new TemporaryFolder();
        ReportTests.Read(Report.Compare([one.Folder, two.Folder], folder["compare.html"])).Descendants("p").First().Value
            .Should().Be("The runs minimise different objectives, so their losses do not compare: look at terms and scores.");
    }

    [Fact]
    public void Runs_whose_best_losses_are_of_another_kind_are_not_ranked()
    {
        var state = new Dictionary<string, string> { ["Elbo.Beta"] = "1" };
        using var validated = new MadeRun("one").WithEpochs([9, 8], [9, 8]).WithState("Elbo", state);
        using var not = new MadeRun("two").WithEpochs([9, 7], null).WithState("Elbo", state);
        using var warming = new MadeRun("three").WithEpochs([5, 4], [5, 4], warmUp: 2).WithState("Elbo", state);
        Summary(validated, not).Should().Be(
            "Some runs were validated and some were not, so their losses do not compare: look at the scores.");
        Summary(validated, warming).Should().Be(
            "The warm-up of a run was never over, so the losses do not compare: look at terms and scores.");

        static string Summary(MadeRun one, MadeRun other)
        {
            using var folder = new TemporaryFolder();
            return ReportTests.Read(Report.Compare([one.Folder, other.Folder], folder["compare.html"])).Descendants("p").First().Value;
        }
    }

    [Fact]
    public void Data_of_the_model_s_count_in_another_order_of_axes_is_refused()
    {
        using var vae = new Vae(
            new MlpEncoder(48, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Gaussian(1, 3, 4, 4)), new StandardNormalPrior(2));
        using var last = new TensorData(torch.rand(4, 4, 4, 3));
        FluentActions.Invoking(() => ReportItems.First(last, vae, new())).Should().Throw<ArgumentException>()
            .WithMessage("Data has items of [4, 4, 3], the model's are [3, 4, 4]: the same count in another order; *");
        using var grey = new Vae(
            new MlpEncoder(16, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Gaussian(1, 1, 4, 4)), new StandardNormalPrior(2));
        using var plain = new TensorData(torch.rand(4, 4, 4));
        ReportItems.First(plain, grey, new())!.ItemShape.Should().Equal(1, 4, 4);
        using var flat = new TensorData(torch.rand(4, 48));
        using var items = ReportItems.First(flat, vae, new());
        items!.ItemShape.Should().Equal(3, 4, 4);
    }

    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(0, 0.8, 0, 1)]
    [InlineData(-1, 1, -1, 2)]
    [InlineData(0, 255, 0, 255)]
    [InlineData(0, 1e-4, 0, 1e-4)]
    [InlineData(1000, 1001, 1000, 1)]
    [InlineData(0.2, 6, 0, 6)]
    [InlineData(3, 3, 3, 1)]
    public void Black_and_white_are_of_the_data_s_size(double least, double most, double black, double span)
        => ItemPictures.Range(least, most).Should().Be((black, span));

    [Fact]
    public void A_share_s_interval_is_within_0_and_1()
    {
        for (var total = 1; total <= 300; total++)
        {
            ReportSections.Wilson(0, total).Low.Should().BeInRange(0, 1e-12);
            ReportSections.Wilson(total, total).High.Should().BeInRange(1 - 1e-12, 1);
        }
    }

    [Fact]
    public void A_picture_that_is_none_is_refused_by_its_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["no.png"], "<svg/>");
        FluentActions.Invoking(() => ReportPictures.Read("a", "b", folder["no.png"])).Should().Throw<InvalidDataException>()
            .WithMessage("*no.png*no PNG*");
    }

    private static string Text(ReportSection section) => section.Blocks.OfType<ReportText>().Single().Text;
}
