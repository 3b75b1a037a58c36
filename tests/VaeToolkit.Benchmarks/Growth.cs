using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// How time and memory grow with batch, importance samples, latent size, mixture components, data, picture and volume size: a table, the
/// slopes between the two largest sizes and over all of them on log-log axes, and a plot of each.
/// </summary>
internal static class Growth
{
    private const int Turns = 5;

    // What takes less at its peak is lost in what the process holds anyway.
    private const double LeastMegabytes = 2;

    public static void Run(SampleArguments arguments)
    {
        var folder = arguments.Text("--out", Path.Combine("runs", "growth"));
        Directory.CreateDirectory(folder);
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var images = ImageData.SyntheticDigits(count: 3_200, testCount: 0);
        List<(string What, List<Row> Rows)> all =
        [
            Measure(folder, "step_by_batch", [100, 200, 400, 800, 1_600, 3_200], size => StepOf(images, new Elbo(), size, latentSize: 40)),
            Measure(folder, "step_by_latent_size", [10, 20, 40, 80, 160, 320], size => StepOf(images, new Elbo(), 100, size)),
            Measure(folder, "iwae_step_by_samples", [5, 10, 20, 40, 80], size => StepOf(images, new Iwae(size), 20, latentSize: 40)),
            Measure(folder, "mixture_density_by_components", [50, 100, 200, 400, 800, 1_600], MixtureDensity),
            Measure(folder, "likelihood_by_samples", [50, 100, 200, 400, 800, 1_600], size => Likelihood(images, 50, size)),
            Measure(folder, "likelihood_by_images", [50, 100, 200, 400, 800, 1_600], size => Likelihood(images, size, 50)),
            Measure(folder, "convolutional_step_by_pixels", Powers([16, 32, 64, 128], 2), pixels => ConvolutionalStep(Edge(pixels, 2))),
            Measure(folder, "volume_step_by_voxels", Powers([16, 24, 32, 48], 3), voxels => VolumeStep(Edge(voxels, 3))),
        ];
        Together("time over the smallest size's", all, row => row.Seconds).Save(Path.Combine(folder, "time.svg"));
        Together("MB more at the peak", all, row => row.Megabytes, relative: false).Save(Path.Combine(folder, "memory.svg"));
    }

    // One plot of all, against the size over the smallest, which is where their slopes can be compared.
    private static ReportChart Together(
        string what, List<(string What, List<Row> Rows)> all, Func<Row, double> value, bool relative = true) => new()
        {
            Caption = what,
            X = "size over the smallest",
            Y = what,
            LogarithmicX = true,
            LogarithmicY = true,
            Curves = [.. all.Select(one => new ReportCurve(
            one.What,
            [.. one.Rows.Select(row => (double)row.Size / one.Rows[0].Size)],
            [.. one.Rows.Select(row => value(row) / (relative ? value(one.Rows[0]) : 1))]) { Style = CurveStyle.LineAndPoints })],
        };

    private static int[] Powers(int[] edges, int axes) => Array.ConvertAll(edges, edge => (int)Math.Pow(edge, axes));

    private static int Edge(int size, int axes) => (int)Math.Round(Math.Pow(size, 1.0 / axes));

    // Beside a line of slope 1.
    private static ReportChart Chart(string what, List<(double Size, double Seconds)> points)
    {
        double[] sizes = [.. points.Select(point => point.Size)];
        return new()
        {
            Caption = FormattableString.Invariant($"{what}: slope {Slope(points):F2}"),
            X = "size",
            Y = "milliseconds",
            LogarithmicX = true,
            LogarithmicY = true,
            Curves =
            [
                new("measured", sizes, [.. points.Select(point => point.Seconds * 1e3)]) { Style = CurveStyle.LineAndPoints },
                new("linear", sizes, [.. sizes.Select(size => size / sizes[0] * points[0].Seconds * 1e3)]) { Style = CurveStyle.Dashes },
            ],
        };
    }

    // Of the least-squares line through the logarithms.
    private static double Slope(IReadOnlyList<(double Size, double Seconds)> points)
        => MathNet.Numerics.Fit.Line([.. points.Select(p => Math.Log(p.Size))], [.. points.Select(p => Math.Log(p.Seconds))]).B;

    private static (string What, List<Row> Rows) Measure(string folder, string name, int[] sizes, Func<int, Workload> make)
    {
        var rows = sizes.Select(size =>
        {
            using var workload = make(size);
            workload.Run();
            PeakMemory.Forget();
            var before = PeakMemory.Megabytes();
            var seconds = Enumerable.Range(0, Turns).Select(_ => Seconds(workload.Run)).Order().ElementAt(Turns / 2);
            return new Row(size, seconds, PeakMemory.Megabytes() - before);
        }).ToList();
        foreach (var row in rows)
            Console.WriteLine(FormattableString.Invariant(
                $"{name} {row.Size,6}: {row.Seconds * 1e3,10:F2} ms, {row.Megabytes,7:F1} MB more at the peak"));
        var points = rows.Select(row => ((double)row.Size, row.Seconds)).ToList();
        Chart(name.Replace('_', ' '), points).Save(Path.Combine(folder, name + ".svg"));
        SampleResult.Print($"slope_{name}", Slope(points), "over all sizes");
        SampleResult.Print($"slope_{name}_end", Slope(points[^2..]), "between the two largest");
        var (less, more) = (rows[^2], rows[^1]);
        if (less.Megabytes > LeastMegabytes)
            SampleResult.Print($"slope_{name}_memory", Slope([(less.Size, less.Megabytes), (more.Size, more.Megabytes)]),
                "between the two largest");
        return (name.Replace('_', ' '), rows);
    }

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private static Workload StepOf(ImageData images, Objective<Vae> objective, int items, long latentSize)
    {
        var vae = new Vae(
            new MlpEncoder(784, latentSize, hidden: [300, 300]),
            new MlpDecoder(latentSize, hidden: [300, 300], ObservationModel.Bernoulli(784)), new StandardNormalPrior(latentSize));
        var adam = Optimizers.Adam(vae.parameters(), 5e-4);
        var batch = new Batch(images.InOrder(items).Select(one => one.Items.clone().DetachFromDisposeScope()).First());
        return new(() => TrainingLoop.Step(vae, objective, batch, adam), [adam, vae, batch]);
    }

    private static Workload ConvolutionalStep(int edge)
    {
        var vae = new Vae(new ConvEncoder([1, edge, edge], latentSize: 40),
            new ConvDecoder(latentSize: 40, ObservationModel.Bernoulli(1, edge, edge)), new StandardNormalPrior(40));
        var adam = Optimizers.Adam(vae.parameters(), 5e-4);
        var batch = new Batch(torch.rand([32, 1, edge, edge]).round().DetachFromDisposeScope());
        var objective = new Elbo();
        return new(() => TrainingLoop.Step(vae, objective, batch, adam), [adam, vae, batch]);
    }

    private static Workload VolumeStep(int edge)
    {
        var network = new UNet3d(new() { Widths = [8, 16, 32], BlocksPerLevel = 1, BottleneckBlocks = 1 });
        var adam = Optimizers.Adam(network.parameters(), 1e-3);
        var volumes = torch.randn([2, 1, edge, edge, edge]).DetachFromDisposeScope();
        var batch = new Batch(volumes, volumes.squeeze(1).gt(1).to(torch.int64));
        var objective = new SegmentationObjective();
        return new(() => TrainingLoop.Step(network, objective, batch, adam), [adam, network, batch, volumes]);
    }

    private static Workload MixtureDensity(int components)
    {
        var prior = new MixtureOfGaussiansPrior(40, components);
        var z = torch.randn([1_000L, 40L]).DetachFromDisposeScope();
        return new(Density, [prior, z]);

        void Density()
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            prior.LogProb(z);
        }
    }

    private static Workload Likelihood(ImageData images, int count, int samples)
    {
        var vae = TrainingWorkload.NewModel();
        var items = images.First(count);
        return new(() => Evaluate.NegativeLogLikelihood(vae, items, new() { Samples = samples }), [vae, items]);
    }

    private readonly record struct Row(int Size, double Seconds, double Megabytes);

    private sealed record Workload(Action Run, IDisposable[] Owned) : IDisposable
    {
        public void Dispose() => Array.ForEach(Owned, one => one.Dispose());
    }
}
