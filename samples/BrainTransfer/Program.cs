// What a network for one disease can lend to another of which few volumes are labelled:
// source networks, kernels, priors, and a comparison on the target.
using VaeToolkit;
using VaeToolkit.Samples;
using VaeToolkit.WeightPriors;

var arguments = new SampleArguments(args, SettingsReader.Known);
try
{
    Run(SettingsReader.Read(arguments), arguments.Number("--worker", 0, least: 0));
    return 0;
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

void Run(Settings settings, int worker)
{
    TorchRuntime.Prepare(settings.Workers > 1 ? 1 : Environment.ProcessorCount);
    if (worker == 0)
        settings.Begin(anew: !arguments.Has("--full"));
    using var story = new Story(settings, worker);
    if (settings.NeedsSource)
        story.LearnSource();
    story.OpenTarget();
    if (worker > 0)
    {
        story.Compare();
        return;
    }
    story.DescribePriors();
    var wait = Workers.Start(settings.Workers, args);
    story.Compare();
    wait();
    story.SavePictures();
    Report(settings, new Table(CellFile.ReadAll(settings.Output), settings.Methods, settings.Sizes));
}

static void Report(Settings settings, Table table)
{
    Console.WriteLine();
    Console.Write(table.Markdown());
    File.WriteAllText(Path.Combine(settings.Output, "table.md"), table.Markdown());
    if (settings.Sizes.Count > 1)
    {
        ScorePlot.Save(Path.Combine(settings.Output, "dice.svg"), "Dice", table, settings.Methods, settings.Sizes, cell => cell.Dice);
        ScorePlot.Save(Path.Combine(settings.Output, "iou.svg"), "IoU", table, settings.Methods, settings.Sizes, cell => cell.Overlap);
        Console.WriteLine($"{Path.Combine(settings.Output, "dice.svg")} and iou.svg: scores against n");
    }
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
}
