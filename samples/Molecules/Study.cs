using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Molecules;
using VaeToolkit.Networks;
using VaeToolkit.Reports;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>One model: its training on nine tenths of the molecules, and its scores on what was held back.</summary>
internal sealed class Study : IDisposable
{
    private const int Neighbours = 5;

    // So many training strings are decoded for the scores; all would take longer than an epoch.
    private const int ReconstructedStrings = 1000;

    // Draws of a string, and strings that are drawn.
    private const int Draws = 100;
    private const int DrawnStrings = 50;

    private readonly bool _withProperties;

    public Study(MoleculeTable table, StudySettings settings, bool withProperties, string? folder = null)
    {
        (Settings, _withProperties) = (settings, withProperties);
        var order = Enumerable.Range(0, table.Count).ToArray();
        new Random(settings.Seed).Shuffle(order);
        var held = table.Count / 10;
        (Held, Training) = (table.Select(order[..held]), table.Select(order[held..]));
        using var seed = SeedScope.Begin(settings.Seed);
        Model = folder is not null ? MoleculeVae.Load(folder) : new MoleculeVae(
            TokenAlphabet.OfCharacters(table.Smiles), table.LongestString + 1,
            withProperties ? PropertyScaling.Fit(Training) : null,
            new()
            {
                LatentSize = settings.LatentSize,
                Encoder = new() { Channels = [32, 32, 32], Widths = WidthsFor(table.LongestString), Activation = Activation.SiLU },
                Decoder = new() { Hidden = settings.Hidden, WordDropout = settings.WordDropout },
            });
    }

    public StudySettings Settings { get; }

    public MoleculeVae Model { get; }

    /// <summary>The molecules that it is trained on.</summary>
    public MoleculeTable Training { get; }

    /// <summary>The tenth that it does not see.</summary>
    public MoleculeTable Held { get; }

    public void Train()
    {
        Console.WriteLine($"{Model}; {Training.Count} molecules, {Held.Count} held back");
        var watch = Stopwatch.StartNew();
        using var data = Model.Items(Training);
        var epochs = Settings.Epochs;
        var objective = new MoleculeElbo(new()
        {
            // Far below 1: 3,600 molecules are few, and their strings are to come back whole.
            KlWeight = 0.02,
            // Of a few epochs too the last ones have the whole weight.
            WarmUp = new() { Centre = 0.15 * epochs, Slope = Math.Max(0.51, 12.0 / epochs) },
            PropertyWeight = 2,
        });
        Trainer.Fit(Model, objective, data, options: new()
        {
            Epochs = epochs,
            BatchSize = 64,
            LearningRate = 3e-3,
            // To nothing along a cosine.
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.LambdaLR(
                optimizer, epoch => 0.02 + (0.49 * (1 + Math.Cos(Math.PI * Math.Min(1, epoch / (double)epochs))))),
            GradientClip = 5,
            Seed = Settings.Seed,
            SplitBatches = torch.get_num_threads() > 1,
        }, progress: new ConsoleProgress());
        Model.Save(Path.Combine(Settings.Output, _withProperties ? "model" : "model-without-properties"));
        Console.WriteLine($"trained in {watch.Elapsed.TotalSeconds:F0} s");
    }

    /// <summary>Prints the result lines.</summary>
    /// <param name="suffix">What the lines' names end with.</param>
    public void PrintScores(string suffix)
    {
        var some = Training.Smiles.Take(ReconstructedStrings).ToArray();
        var (known, held) = (StringReconstruction.Greedy(Model, some), StringReconstruction.Greedy(Model, Held.Smiles));
        SampleResult.Print($"character_reconstruction{suffix}", known.Characters, "", "F3");
        SampleResult.Print($"string_reconstruction{suffix}", known.Strings, "", "F3");
        SampleResult.Print($"held_character_reconstruction{suffix}", held.Characters, "", "F3");
        SampleResult.Print($"held_string_reconstruction{suffix}", held.Strings, "", "F3");
        var drawnAgain = StringReconstruction.OfDraws(Model, [.. some.Take(DrawnStrings)], Draws, Settings.Seed);
        SampleResult.Print($"string_reconstruction_of_draws{suffix}", drawnAgain.Strings, "", "F3");
        SampleResult.Print($"character_reconstruction_of_draws{suffix}", drawnAgain.Characters, "", "F3");
        var knownStrings = Training.Smiles.ToHashSet();
        var greedy = StringGeneration.Of(Model.Sample(Settings.Samples, Settings.Seed), knownStrings);
        SampleResult.Print($"validity{suffix}", greedy.Validity, "", "F3");
        SampleResult.Print($"uniqueness{suffix}", greedy.Uniqueness, "", "F3");
        SampleResult.Print($"novelty{suffix}", greedy.Novelty, "", "F3");
        var drawn = StringGeneration.Of(Model.Sample(Settings.Samples, Settings.Seed, draws: true), knownStrings);
        SampleResult.Print($"validity_of_draws{suffix}", drawn.Validity, "", "F3");
        if (_withProperties)
        {
            foreach (var error in PropertyError.Of(Model, Held))
                SampleResult.Print($"{error.Name}_mae_ratio{suffix}", error.Ratio, "", "F3");
        }
        foreach (var property in MadeUpMolecules.Properties)
            SampleResult.Print($"{property}_neighbours_ratio{suffix}", NeighboursRatio(property), "", "F3");
    }

    /// <summary>Strings of the held-back tenth beside what came back, for the page.</summary>
    public ReportSection Reconstructions()
    {
        var originals = Held.Smiles.Take(12).ToArray();
        using var scope = torch.NewDisposeScope();
        var z = Model.Encode(originals);
        var (greedy, beam) = (Model.Strings(z), Model.Strings(z, beam: 5));
        return new("Strings that were held back", new ReportTable(
            "What comes back from the posterior's mean", ["string", "greedy", "best of a beam of 5"],
            [.. originals.Select((text, i) => (string[])[text, greedy[i], beam[i]])]));
    }

    /// <summary>The latent space along its two longest axes, a colour for each quarter of the molecules by logP; also a file.</summary>
    public ReportSection Space()
    {
        using var scope = torch.NewDisposeScope();
        var means = Model.Encode(Held.Smiles).to(torch.float64);
        var centred = means - means.mean([0L]);
        var (_, _, axes) = torch.linalg.svd(centred, fullMatrices: false);
        var plane = centred.mm(axes.narrow(0, 0, 2).t());
        var order = Enumerable.Range(0, Held.Count).OrderBy(row => Held.Property("logp")[row]).ToArray();
        var chart = new ReportChart
        {
            Caption = "Posterior means of the molecules held back",
            X = "first axis",
            Y = "second axis",
            Curves = [.. order.Chunk(Math.Max(1, (order.Length + 3) / 4)).Index().Select(quarter => new ReportCurve(
                $"quarter {quarter.Index + 1} by logP", Along(0, quarter.Item), Along(1, quarter.Item)) { Style = CurveStyle.Points })],
        };
        chart.Save(Path.Combine(Settings.Output, "space.svg"));
        return new("Latent space", chart);

        double[] Along(long axis, int[] rows)
        {
            var values = plane.select(1, axis).contiguous().data<double>().ToArray();
            return [.. rows.Select(row => values[row])];
        }
    }

    public void Dispose() => Model.Dispose();

    // How well a property is said by the nearest training molecules in latent space: what the space knows of it without a network.
    private double NeighboursRatio(string property)
    {
        using var scope = torch.NewDisposeScope();
        using var neighbours = new NearestNeighbours(Model.Encode(Training.Smiles), Training.Property(property));
        var predicted = neighbours.Predict(Model.Encode(Held.Smiles), Math.Min(Neighbours, Training.Count));
        var mean = Training.Property(property).Average();
        var truth = Held.Property(property);
        return truth.Zip(predicted, (y, said) => Math.Abs(y - said)).Sum() / truth.Sum(y => Math.Abs(y - mean));
    }

    // Those of the reference code where strings are long enough.
    private static IReadOnlyList<long> WidthsFor(int longest) => longest >= 40 ? [9, 9, 11] : [3, 3, 3];
}
