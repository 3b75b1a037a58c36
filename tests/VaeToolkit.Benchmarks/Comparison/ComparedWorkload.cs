using System.Globalization;
using System.Text.RegularExpressions;
using MathNet.Numerics.Statistics;

namespace VaeToolkit.Benchmarks.Comparison;

/// <summary>A workload that every competitor knows, with its settings and what is read from its output.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Verb">The verb of this program that runs it; <c>plain-</c> before it names plain TorchSharp's.</param>
/// <param name="Script">PyTorch's program.</param>
/// <param name="Arguments">The settings, the same for all.</param>
/// <param name="WarmUp">Epochs that are left out: for about three seconds .NET compiles what runs often a second time, on a thread that
/// takes its time from the two that compute; gated units, libtorch's own, hardly notice.</param>
/// <param name="Threads">The thread counts that are compared; empty for the largest alone.</param>
internal sealed partial record ComparedWorkload(
    string Name, string Verb, string Script, string Arguments, int WarmUp = 0, params int[] Threads)
{
    private const string Vae = "pytorch_vae.py";

    // Plain TorchSharp takes most of a minute for 5,000.
    private static readonly ComparedWorkload s_fewerSamples = new(
        "nll_1000", "train", Vae, "--batch 500 --items 500 --epochs 1 --nll 100 --nll-samples 1000 --nll-chunk 10");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ComparedWorkload> All { get; } =
    [
        new("mlp_100", "train", Vae, "--batch 100 --items 10000 --epochs 8", 6, 1, 2),
        new("mlp_500", "train", Vae, "--batch 500 --items 10000 --epochs 14", 12, 1, 2),
        new("iwae_50", "train", Vae, "--importance 50 --batch 100 --items 500 --epochs 13", 10),
        new("conv_128", "train", Vae, "--conv --batch 128 --items 512 --epochs 11", 8),
        new("vamp_500", "train", Vae, "--vamp 500 --batch 100 --items 2500 --epochs 14", 11),
        new("nll_5000", "train", Vae, "--batch 500 --items 500 --epochs 1 --nll 100 --nll-samples 5000 --nll-chunk 10"),
        new("volume", "volume", "pytorch_unet3d.py", "--steps 25", 0, 1, 2),
        new("gru_100", "sequences", "pytorch_sequences.py", "--items 500 --epochs 6", 2),
    ];

    /// <summary>
    /// The same in less time: one epoch after the warm-up, and a likelihood of fewer samples, under a name of its own.
    /// </summary>
    public ComparedWorkload Quick => Name == "nll_5000" ? s_fewerSamples
        : this with
        {
            Arguments = Epochs().Replace(Arguments, string.Create(CultureInfo.InvariantCulture, $"--epochs {WarmUp + 1}")),
            HasFewerSteps = Epochs().IsMatch(Arguments),
        };

    /// <summary>Whether it needs MNIST.</summary>
    public bool NeedsImages => Verb == "train";

    /// <summary>Whether its programs run on other devices too.</summary>
    public bool KnowsDevices => Verb is "train" or "volume";

    /// <summary>
    /// By how much outcomes may differ, relatively: each program begins with weights of its own, from which fewer steps lead less far.
    /// </summary>
    public double Tolerance => (Unit == "step" ? 0.25 : 0.05) * (HasFewerSteps ? 2 : 1);

    private bool HasFewerSteps { get; init; }

    /// <summary>What a time is of.</summary>
    public string Unit => Arguments.Contains("--nll ", StringComparison.Ordinal) ? "likelihood" : Verb == "volume" ? "step" : "epoch";

    /// <summary>Images of an epoch, where those are what its arithmetic is known for.</summary>
    public int? DenseImages => Name.StartsWith("mlp_", StringComparison.Ordinal)
        ? int.Parse(Items().Match(Arguments).Groups[1].Value, CultureInfo.InvariantCulture) : null;

    /// <summary>The median time of what a program printed, in seconds.</summary>
    /// <exception cref="InvalidOperationException">It printed none.</exception>
    public double Seconds(string output) => Numbers(
        Unit switch { "likelihood" => Likelihood(), "step" => Step(), _ => Epoch() }, output).Skip(WarmUp).Median();

    /// <summary>What a program came to: its last bound, its likelihood in nats, or its last loss.</summary>
    /// <exception cref="InvalidOperationException">It printed none.</exception>
    public double Outcome(string output) => Numbers(
        Unit switch { "likelihood" => LikelihoodOutcome(), "step" => StepOutcome(), _ => EpochOutcome() }, output)[^1];

    /// <summary>The peak memory that a program printed, in MB.</summary>
    public static double Megabytes(string output) => Numbers(Peak(), output).Single();

    private static double[] Numbers(Regex line, string output) => line.Matches(output) is { Count: > 0 } lines
        ? [.. lines.Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))]
        : throw new InvalidOperationException($"no line of the output is as '{line}': {output.Trim()}");

    [GeneratedRegex(@"^epoch \d+: ([\d.]+) s", RegexOptions.Multiline)]
    private static partial Regex Epoch();

    [GeneratedRegex(@"^NLL.* ([\d.]+) s$", RegexOptions.Multiline)]
    private static partial Regex Likelihood();

    [GeneratedRegex(@"^step: ([\d.]+) s", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^epoch .* bound (-?[\d.]+)", RegexOptions.Multiline)]
    private static partial Regex EpochOutcome();

    [GeneratedRegex(@"^NLL (-?[\d.]+)", RegexOptions.Multiline)]
    private static partial Regex LikelihoodOutcome();

    [GeneratedRegex(@"^step: .* to (-?[\d.]+)$", RegexOptions.Multiline)]
    private static partial Regex StepOutcome();

    [GeneratedRegex(@"^peak memory (\d+) MB", RegexOptions.Multiline)]
    private static partial Regex Peak();

    [GeneratedRegex(@"--epochs (\d+)")]
    private static partial Regex Epochs();

    [GeneratedRegex(@"--items (\d+)")]
    private static partial Regex Items();
}
