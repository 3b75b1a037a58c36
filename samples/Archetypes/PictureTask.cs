using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Networks;
using VaeToolkit.Reports;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Archetypes of one class of pictures, the real ones nearest to them, and the ways between them.</summary>
/// <param name="Data">Which pictures, as <see cref="SampleImages"/> finds them.</param>
/// <param name="Class">The class.</param>
/// <param name="Archetypes">k.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="Seed">Seed of weights, order and noise.</param>
/// <param name="Quick">Whether a few pictures are enough.</param>
internal sealed record PictureTask(string Data, int Class, int Archetypes, int Epochs, long Seed, bool Quick)
{
    private const int Steps = 9;
    private const int Scale = 2;

    public IReadOnlyList<ReportSection> Run(string output)
    {
        using var random = SeedScope.Begin(Seed);
        var (images, name) = SampleImages.Find(Data, Seed, Binarisation.None);
        using var all = images;
        using var data = OfClass(all, Quick ? 300 : int.MaxValue);
        using var held = OfClass(all.Test!, 300);
        using var model = Model();
        var run = Path.Combine(output, "run");
        Console.WriteLine($"{name}, class {Class}: {data.Count} pictures{Environment.NewLine}{model}");
        Trainer.Fit(
            model, new ArchetypeObjective(new() { KlWeight = 1, ArchetypeWeight = 50 }), data, options: new()
            {
                Epochs = Epochs,
                BatchSize = 200,
                LastBatch = LastBatch.Merge,
                LearningRate = 1e-3,
                Seed = Seed,
                CheckpointDirectory = run,
            },
            progress: new ConsoleProgress());
        model.Save(Path.Combine(output, "model"));
        var report = VertexReport.Of(model, data);
        Console.WriteLine(report);
        SampleResult.Print("pictures_archetype_loss", report.ArchetypeLoss, "", "F4");
        SampleResult.Print("pictures_nearest_distance", report.Nearest.Max(item => item.Distance), "", "F3");
        var sections = Draw(model, data, report, output);
        var page = Report.Write(run, new()
        {
            Title = $"Archetypes of {name}, class {Class}",
            DataName = name,
            Data = held,
            Model = model.Vae,
            Sections = sections,
            Importance = (100, 20),
            Seed = Seed,
        });
        Console.WriteLine($"report of the training: {Path.GetFullPath(page)}");
        return sections;
    }

    private ImageData OfClass(ImageData images, int most)
    {
        var labels = images.ReadLabels()!;
        return images.Select([.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == Class).Take(most).Select(i => (long)i)]);
    }

    private DeepArchetypes Model() => new(
        ArchetypeEncoder.Mlp(784, Archetypes, [256], new() { Activation = Activation.ReLU, LogVariance = new(-8, -2) }),
        new MlpDecoder(Archetypes - 1, [256], ObservationModel.Bernoulli(1, 28, 28), new() { Activation = Activation.ReLU }),
        new DirichletPrior(Archetypes, new() { NoiseScale = 0.1 }));

    private List<ReportSection> Draw(DeepArchetypes model, ImageData data, VertexReport report, string output)
    {
        using var scope = torch.NewDisposeScope();
        var nearest = torch.cat([.. report.Nearest.Select(item => Picture(data, item.Item))]);
        var (vertices, ways, drawn) = (Path.Combine(output, "archetypes.png"), Path.Combine(output, "ways.png"),
            Path.Combine(output, "samples.png"));
        ImageGrid.Save(vertices, torch.cat([model.Archetypes(), nearest]), Archetypes, scale: Scale);
        // Around the simplex, from each archetype to the next.
        ImageGrid.Save(
            ways, torch.cat([.. Enumerable.Range(0, Archetypes).Select(k => model.Interpolate(k, (k + 1) % Archetypes, Steps))]),
            Steps, scale: Scale);
        ImageGrid.Save(drawn, model.Sample(4 * Steps, seed: Seed), Steps, scale: Scale);
        return
        [
            SamplePage.Picture("Archetypes", "The archetypes, and below each the real picture that is nearest to it.", vertices),
            SamplePage.Picture("Ways", "A row from each archetype to the next, along the simplex's edges.", ways),
            SamplePage.Picture("Samples", "Mixtures of archetypes with weights from Dir(0.7, …, 0.7).", drawn),
        ];
    }

    private static torch.Tensor Picture(ImageData data, long place)
    {
        using var one = data.Select([place]);
        foreach (var batch in one.InOrder(1))
            return batch.Items.clone();
        throw new InvalidOperationException("there is no such picture");
    }
}
