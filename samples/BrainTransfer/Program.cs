// What a network for one disease can lend to another of which few volumes are labelled:
// source networks, kernels, priors, and a comparison on the target.
using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Samples;
using VaeToolkit.Studies;
using VaeToolkit.WeightPriors;

var arguments = new SampleArguments(args, SettingsReader.Known);
try
{
    return Run(SettingsReader.Read(arguments), arguments.Number("--worker", 0, least: 0));
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

int Run(Settings settings, int worker)
{
    TorchRuntime.Prepare(settings.Workers > 1 ? 1 : Environment.ProcessorCount);
    if (worker == 0)
        settings.Begin(anew: !arguments.Has("--full"));
    using var story = new Story(settings, worker);
    if (settings.NeedsSource)
        story.LearnSource();
    story.OpenTarget();
    var study = story.Compare();
    // Each process learns the priors once, and then does its share of the runs.
    var share = new StudyOptions { Share = new(worker, settings.Workers), Resume = arguments.Has("--full") };
    if (worker > 0)
    {
        study.Run(share);
        return 0;
    }
    story.DescribePriors();
    var wait = Workers.Start(settings.Workers, args);
    study.Run(share);
    wait();
    var results = study.Read();
    foreach (var record in results.Failed)
        Console.Error.WriteLine($"failed: {record.Setting}, subset {record.Seed}: {record.Error}");
    // Methods of which there is something at every n.
    var cells = Entry.Cells(settings, results);
    settings = settings with
    {
        Methods = [.. settings.Methods.Where(
            method => settings.Sizes.All(size => cells.Any(cell => cell.Method == method && cell.Size == size)))],
    };
    if (settings.Methods.Count == 0)
        return 1;
    story.SavePictures(settings.Methods);
    Conclude(settings, new Table(cells, settings.Methods, settings.Sizes));
    return results.Failed.Count == 0 ? 0 : 1;
}

static void Conclude(Settings settings, Table table)
{
    Console.WriteLine();
    Console.Write(table.Markdown());
    File.WriteAllText(Path.Combine(settings.Output, "table.md"), table.Markdown());
    SampleArguments.PrintSettings(
        ("source", settings.Source ?? "phantoms"), ("target", settings.Target ?? "phantoms"), ("size", settings.Size),
        ("source networks", settings.SourceNetworks),
        ("source steps", settings.SourceSteps), ("steps", settings.Steps), ("subsets", settings.Subsets),
        ("test volumes", settings.TestVolumes), ("beta", settings.Beta),
        ("log-variance rate", settings.LogVarianceRate), ("adapt", settings.AdaptReverse), ("start", settings.MeansFrom),
        ("workers", settings.Workers), ("seed", settings.Seed));
    foreach (var method in settings.Methods)
    {
        foreach (var size in settings.Sizes)
            SampleResult.Print($"dice_{Cell.ShortName(method)}{(settings.Sizes.Count > 1 ? $"_n{size}" : "")}",
                table.MeansBySubset(method, size, cell => cell.Dice), "", "F3");
    }
    if (settings.Methods.Contains(TargetMethod.RandomStart) && settings.Methods.Contains(TargetMethod.DeepWeightPrior))
        SampleResult.Print("dwp_step_ratio",
            table.StepSeconds(TargetMethod.DeepWeightPrior) / table.StepSeconds(TargetMethod.RandomStart), "x a plain step");
    SampleResult.PrintPeakMemory();
    SamplePage.Write(
        settings.Output, "What one disease's network lends to another's",
        new("Scores", [table.Chart("Dice", cell => cell.Dice), table.Chart("IoU", cell => cell.Overlap)]),
        SamplePage.Picture(
            "Slices", $"Image, truth, then prediction and entropy of {string.Join(", ", settings.Methods.Select(Cell.ShortName))}",
            Path.Combine(settings.Output, "slices.png")));
}
