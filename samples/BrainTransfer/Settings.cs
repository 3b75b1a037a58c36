using System.Text.Json;
using System.Text.Json.Serialization;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>The sizes of an experiment.</summary>
internal sealed record Settings
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public required int Seed { get; init; }
    [JsonIgnore]
    public string Output { get; init; } = Path.Combine("runs", "brain-transfer");
    public required IReadOnlyList<TargetMethod> Methods { get; init; }

    /// <summary>Folders of NIfTI pairs, or null for phantoms.</summary>
    public string? Source { get; init; }
    public string? Target { get; init; }

    public VolumeSize Size { get; init; } = VolumeSize.Cube(32);
    public UNet3dOptions Network { get; init; } = UNet3dOptions.Small;
    public int SourceVolumes { get; init; } = 60;
    public int SourceNetworks { get; init; } = 2;
    public int SourceSteps { get; init; } = 120;
    public int SourceCycles { get; init; } = 2;
    public int VaeSteps { get; init; } = 600;
    public IReadOnlyList<int> Sizes { get; init; } = [10];
    public int Subsets { get; init; } = 1;
    public int Pool { get; init; } = 20;
    public int TestVolumes { get; init; } = 16;
    public int Steps { get; init; } = 100;
    public int Samples { get; init; } = 10;
    public double Beta { get; init; } = 0.1;
    public double LogVarianceRate { get; init; } = 1;
    public bool AdaptReverse { get; init; }
    public MeanStart MeansFrom { get; init; }
    [JsonIgnore]
    public int Workers { get; init; } = 1;

    /// <summary>The folder of the source's snapshots, null for one in the output.</summary>
    public string? Snapshots { get; init; }

    [JsonIgnore]
    public bool NeedsSource => Methods.Any(method => method != TargetMethod.RandomStart);

    [JsonIgnore]
    public bool NeedsPriors
        => Methods.Any(method => method is not (TargetMethod.RandomStart or TargetMethod.SourceStart or TargetMethod.FrozenSource));

    [JsonIgnore]
    public string SourceFolder => Snapshots ?? Path.Combine(Output, "source");

    /// <summary>All that decides the figures of an entry: the same for other n and another number of subsets.</summary>
    [JsonIgnore]
    public string OfAnyComparison => Text(this with { Subsets = 0, Sizes = [] });

    /// <summary>
    /// Writes <c>settings.json</c>. A run can be gone on with, also with other n and another number of subsets, where the settings there
    /// are the same; entries of two experiments must not be mixed.
    /// </summary>
    /// <param name="anew">Whether what an earlier run left is removed instead.</param>
    public void Begin(bool anew)
    {
        var path = Path.Combine(Output, "settings.json");
        var differs = File.Exists(path) && Read(path).OfAnyComparison != OfAnyComparison;
        if (differs && !anew)
            throw new InvalidDataException($"{Output} holds an experiment with other settings (settings.json); use another folder");
        if (differs && Snapshots is null && Directory.Exists(SourceFolder))
            Directory.Delete(SourceFolder, recursive: true);
        Directory.CreateDirectory(Output);
        File.WriteAllText(path, Text(this));
    }

    private static string Text(Settings settings) => JsonSerializer.Serialize(settings, s_json);

    private static Settings Read(string path) => JsonSerializer.Deserialize<Settings>(File.ReadAllText(path), s_json)!;

    public static Settings Short(int seed, string output, IReadOnlyList<TargetMethod> methods) => new()
    {
        Seed = seed,
        Output = output,
        Methods = methods,
        Size = VolumeSize.Cube(16),
        SourceVolumes = 6,
        SourceSteps = 8,
        VaeSteps = 40,
        Sizes = [3],
        Pool = 4,
        TestVolumes = 4,
        Steps = 10,
        Samples = 2,
    };

    public static Settings Full(int seed, string output, IReadOnlyList<TargetMethod> methods) => new()
    {
        Seed = seed,
        Output = output,
        Methods = methods,
        SourceVolumes = 100,
        SourceNetworks = 6,
        SourceSteps = 300,
        SourceCycles = 3,
        Sizes = [5, 10, 15, 20],
        Subsets = 5,
        Pool = 60,
        TestVolumes = 30,
        Steps = 200,
        Workers = 2,
    };
}
