using System.Diagnostics;
using System.Xml.Linq;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests;

public sealed class ReportTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private static readonly string[] s_all =
    [
        "Curves", "Reconstructions", "Samples", "Latent traversals", "Latent space", "Active units", "Likelihood", "Data", "Settings",
        "Environment",
    ];

    [Fact]
    public void A_run_with_data_has_every_section_and_pictures_inside()
    {
        var page = Read(Path.Combine(run.Folder, Report.FileName));
        Sections(page).Should().Equal(s_all);
        page.Descendants("img").Should().HaveCount(3);
        page.Descendants("img").Attributes("alt").Should().OnlyContain(alt => alt.Value.Length > 10);
        Svg(page).Should().HaveCount(6, "loss, reconstruction, kl, step time, latent space, active units");
        page.Descendants("a").Attributes("href").Select(link => link.Value[1..])
            .Should().BeSubsetOf(page.Descendants().Attributes("id").Select(id => id.Value));
    }

    [Fact]
    public void What_is_not_there_is_left_out()
    {
        var page = Read(Report.Write(Copy("plain", "metrics.jsonl")));
        Sections(page).Should().Equal("Curves");
        page.Descendants("img").Should().BeEmpty();
        page = Read(Report.Write(Copy("model", "metrics.jsonl", "options.json", "best/model.json", "best/model.safetensors")));
        Sections(page).Should().Equal("Curves", "Samples", "Data", "Settings");
    }

    [Fact]
    public void The_summary_says_what_was_trained_for_how_long_and_why_it_stopped()
    {
        var summary = Read(Path.Combine(run.Folder, Report.FileName)).Descendants("p").First().Value;
        summary.Should().StartWith("A VAE was trained with Elbo on 400 items for 3 epochs in ");
        summary.Should().Contain("all epochs were run. The best epoch was 3, with a validation loss of ");
        var cells = Read(Path.Combine(run.Folder, Report.FileName)).Descendants("td").Select(cell => cell.Value).ToList();
        cells.Should().Contain(["0.003", "784"], "training options and the model's parts are there");
    }

    [Fact]
    public void Sections_and_estimates_of_ones_own_are_shown()
    {
        var options = new ReportOptions
        {
            Title = "mine",
            Data = run.Test,
            LabelNames = ["zero", "one"],
            Sections = [new ReportSection("Own", new ReportText("own text")), new Own(), new ReportSection("Empty"), new Absent()],
            Likelihoods = new Dictionary<string, LikelihoodEstimate>
            {
                ["annealed"] = new()
                {
                    Mean = 123.4,
                    StandardError = 1.2,
                    BitsPerDimension = 0.2,
                    EffectiveSampleSize = 7,
                    Items = 10,
                    Samples = 16,
                    Seed = 0,
                },
            },
        };
        var page = Read(Report.Write(run.Folder, options));
        Sections(page).Should().ContainInOrder("Likelihood", "Own", "Epochs 3", "Data").And.NotContain("Empty");
        page.Descendants("h1").Single().Value.Should().Be("mine");
        Row(page, "annealed")[0].Should().Be("123.4 ± 1.2");
        Row(page, "zero").Should().HaveCount(2);
        Report.Write(run.Folder, new() { Data = run.Test });
    }

    [Fact]
    public void The_likelihood_table_has_the_estimates_of_the_best_epochs_model()
    {
        var page = Read(Report.Write(run.Folder, new() { Data = run.Test, Importance = (80, 20), Seed = 5 }));
        using var model = Vae.Load(Path.Combine(run.Folder, "best"));
        using var first = ((TensorData)Taken(80)).First(80);
        var expected = Evaluate.NegativeLogLikelihood(model, first, new() { Samples = 20, Seed = 5 });
        Row(page, "importance sampling")[0].Should().Be(Digits.Of(expected.Mean, expected.StandardError));
    }

    [Fact]
    public void Watching_a_run_changes_nothing_of_it_and_the_page_follows()
    {
        var folder = run.PathOf("watched");
        var seen = new List<string>();
        var watched = run.Train(folder, 3, [new ReportWriter(folder, every: 2, new() { Data = run.Test }), new Look(folder, seen)]);
        watched.History.Select(epoch => epoch.TrainLoss).Should().Equal(run.Result.History.Select(epoch => epoch.TrainLoss));
        seen.Should().Equal("none", "2 of 2", "2 of 2");
        Fact(Read(Path.Combine(folder, Report.FileName)), "best epoch").Should().Be("3 of 3");
    }

    [Fact]
    public void The_option_writes_the_page_of_the_validation_data_as_often_as_it_says()
    {
        var folder = run.PathOf("by option");
        var seen = new List<string>();
        var trained = run.Train(folder, 3, [new Look(folder, seen)], report: true, every: 1);
        trained.History.Select(epoch => epoch.TrainLoss).Should().Equal(run.Result.History.Select(epoch => epoch.TrainLoss));
        // The page comes behind all other callbacks.
        seen.Should().Equal("none", "1 of 1", "2 of 2");
        var page = Read(Path.Combine(folder, Report.FileName));
        Fact(page, "best epoch").Should().Be("3 of 3");
        Sections(page).Should().Contain("Reconstructions");
    }

    [Fact]
    public void A_run_that_was_stopped_says_so()
    {
        var folder = run.PathOf("stopped");
        using var stop = new CancellationTokenSource();
        run.Train(folder, 5, [new ReportWriter(folder), new Stop(stop)], cancellation: stop.Token).Reason.Should().Be(StopReason.Cancelled);
        Read(Path.Combine(folder, Report.FileName)).Descendants("p").First().Value
            .Should().Contain("it was stopped before its last epoch, or is still running");
    }

    [Fact]
    public void Random_numbers_and_tensors_are_left_as_they_were()
    {
        using var seed = SeedScope.Begin(9);
        using var before = torch.get_rng_state().clone();
        Report.Write(run.Folder, new() { Data = run.Test });
        using var after = torch.get_rng_state();
        after.bytes.ToArray().Should().Equal(before.bytes.ToArray());
        var parameters = 10;
        var alive = Reference.LiveTensors();
        Report.Write(run.Folder, new() { Data = run.Test });
        GC.Collect();
        (torch.Tensor.TotalCount - alive).Should().BeLessThanOrEqualTo(parameters);
    }

    [Fact]
    public void A_page_is_small_and_fast()
    {
        var clock = Stopwatch.StartNew();
        var file = new FileInfo(Report.Write(run.Folder, new() { Data = run.Test }));
        file.Length.Should().BeLessThan(5_000_000);
        clock.Elapsed.TotalMinutes.Should().BeLessThan(1);
    }

    [Fact]
    public void A_model_that_cannot_be_opened_leaves_the_curves()
    {
        var folder = Copy("foreign", "metrics.jsonl", "best/model.json", "best/model.safetensors");
        var description = Path.Combine(folder, "best", "model.json");
        File.WriteAllText(description, File.ReadAllText(description).Replace("mlp-encoder", "my-encoder"));
        Sections(Read(Report.Write(folder, new() { Data = run.Test }))).Should().Equal("Curves", "Settings");
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => Report.Write(run.Folder, new() { MostItems = 1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Report.Write(run.Folder, new() { Importance = (0, 1) })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new ReportWriter(run.Folder, every: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Report.Compare([], "x.html")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Report.Write(run.PathOf("nowhere"))).Should().Throw<FileNotFoundException>();
    }

    internal static XElement Read(string path) => XElement.Parse(File.ReadAllText(path)["<!DOCTYPE html>\n".Length..]);

    internal static IEnumerable<string> Sections(XElement page) => page.Descendants("h2").Select(heading => heading.Value);

    internal static string[] Row(XElement page, string head) => [.. page.Descendants("tr")
        .Single(row => row.Elements("th").FirstOrDefault()?.Value == head && row.Elements("td").Any())
        .Elements("td").Select(cell => cell.Value)];

    private static IEnumerable<XElement> Svg(XElement page) => page.Descendants().Where(e => (string?)e.Attribute("class") == "chart");

    private static string Fact(XElement page, string name)
        => page.Descendants("dt").Single(fact => fact.Value == name).ElementsAfterSelf("dd").First().Value;

    private TensorData Taken(int count)
    {
        foreach (var batch in run.Test.InOrder(count))
            return new(batch.Items.clone(), batch.Labels!.clone());
        throw new InvalidOperationException();
    }

    private string Copy(string name, params string[] files)
    {
        foreach (var file in files)
        {
            var target = Path.Combine(run.PathOf(name), file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(run.Folder, file), target);
        }
        return run.PathOf(name);
    }

    private sealed class Own : IReportSection
    {
        public ReportSection Make(ReportContext context)
            => new(FormattableString.Invariant($"Epochs {context.Run.Epochs.Count}"), new ReportText(context.Vae!.GetName()));
    }

    private sealed class Absent : IReportSection
    {
        public ReportSection? Make(ReportContext context) => null;
    }

    private sealed class Look(string folder, List<string> seen) : ITrainingCallback<Vae>
    {
        // Called after the report's own, so what is there is of this epoch or an earlier one.
        public void CheckpointSaved(string directory, EpochSummary summary)
        {
            if (Path.GetFileName(directory) == "last")
            {
                var path = Path.Combine(folder, Report.FileName);
                seen.Add(File.Exists(path) ? Fact(Read(path), "best epoch") : "none");
            }
        }
    }

    private sealed class Stop(CancellationTokenSource source) : ITrainingCallback<Vae>
    {
        public void EpochEnded(Vae model, EpochSummary summary)
        {
            if (summary.Epoch == 2)
                source.Cancel();
        }
    }
}
