using System.Globalization;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>The command line of the experiment.</summary>
internal static class SettingsReader
{
    public static IReadOnlyDictionary<string, string> Known { get; } = new Dictionary<string, string>
    {
        ["--source"] = "folder with NIfTI pairs in images/ and labels/ (phantoms with MS-like lesions)",
        ["--target"] = "folder with NIfTI pairs in images/ and labels/ (phantoms with tumours)",
        ["--methods"] = "ri, pr, prf, dwp, gp, dwp_random, ri_from_prior, with commas (ri,pr,dwp; full: ri,pr,prf,dwp)",
        ["--n"] = "labelled target volumes, with commas (10; full: 5,10,15,20)",
        ["--subsets"] = "training subsets for each n (1; full: 5)",
        ["--test"] = "target volumes that are held out (16; full: 30)",
        ["--steps"] = "training steps on the target (100; full: 200)",
        ["--size"] = "voxels of a volume as width,height,depth (32,32,32)",
        ["--beta"] = "weight of the KL term, in hundredths (10)",
        ["--lambda-rate"] = "factor on the log-variances' learning rate (1)",
        ["--adapt!"] = "train the kernel VAEs' encoders along with the network",
        ["--start"] = "where the variational means start: prior, random or source (prior)",
        ["--snapshots"] = "folder of the source's snapshots, made if it is not there (source/ in --out)",
        ["--workers"] = "processes that share the comparison, one thread each if there are several (1; full: 2)",
        ["--seed"] = "the seed (1)",
        ["--out"] = "folder for snapshots, tables and pictures (runs/brain-transfer; full: runs/brain-transfer-full)",
        ["--short!"] = "a few seconds: tiny volumes, few steps",
        ["--full!"] = "the whole comparison, 26 to 76 minutes of processor time by the machine, shared by two processes; a run "
            + "that was stopped goes on",
        ["--worker"] = "used by the program itself",
    };

    public static Settings Read(SampleArguments arguments)
    {
        var (quick, full) = (arguments.Has("--short"), arguments.Has("--full"));
        var (seed, output) = (arguments.Number("--seed", 1, least: 0),
            arguments.Text("--out", Path.Combine("runs", full ? "brain-transfer-full" : "brain-transfer")));
        TargetMethod[] methods = [.. arguments.Text("--methods", full ? "ri,pr,prf,dwp" : "ri,pr,dwp").Split(',').Select(Method)];
        var settings = full ? Settings.Full(seed, output, methods)
            : quick ? Settings.Short(seed, output, methods) : new Settings { Seed = seed, Output = output, Methods = methods };
        settings = settings with
        {
            Source = Folder("--source"),
            Target = Folder("--target"),
            Snapshots = Folder("--snapshots"),
            Sizes = Numbers(arguments, "--n") ?? settings.Sizes,
            Subsets = arguments.Number("--subsets", settings.Subsets),
            TestVolumes = arguments.Number("--test", settings.TestVolumes),
            Steps = arguments.Number("--steps", settings.Steps),
            Size = Size(arguments) ?? settings.Size,
            Beta = arguments.Number("--beta", (int)Math.Round(100 * settings.Beta), least: 0) / 100.0,
            LogVarianceRate = arguments.Number("--lambda-rate", 1),
            AdaptReverse = arguments.Has("--adapt"),
            MeansFrom = Start(arguments.Text("--start", "prior")),
            Workers = arguments.Number("--workers", settings.Workers),
        };
        return settings with { Pool = Math.Max(settings.Pool, settings.Sizes.Max()) };

        string? Folder(string name) => arguments.Has(name) ? arguments.Text(name, "") : null;
    }

    private static TargetMethod Method(string name)
    {
        foreach (var method in Enum.GetValues<TargetMethod>())
        {
            if (Cell.ShortName(method) == name)
                return method;
        }
        throw new ArgumentException(
            $"--methods has '{name}'; there are {string.Join(", ", Enum.GetValues<TargetMethod>().Select(Cell.ShortName))}");
    }

    private static MeanStart Start(string name) => name switch
    {
        "prior" => MeanStart.Prior,
        "random" => MeanStart.Random,
        "source" => MeanStart.Source,
        _ => throw new ArgumentException($"--start is '{name}'; it must be prior, random or source"),
    };

    private static VolumeSize? Size(SampleArguments arguments) => Numbers(arguments, "--size") switch
    {
        null => null,
        [var width, var height, var depth] => new VolumeSize(width, height, depth),
        _ => throw new ArgumentException($"--size is '{arguments.Text("--size", "")}'; it must be three numbers, such as 40,56,40"),
    };

    private static int[]? Numbers(SampleArguments arguments, string name)
    {
        if (!arguments.Has(name))
            return null;
        var text = arguments.Text(name, "");
        return [.. text.Split(',')
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new ArgumentException($"{name} is '{text}'; it must be whole numbers of at least 1, with commas"))];
    }
}
