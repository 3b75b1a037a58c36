using TorchSharp;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>
/// Whole runs give the same numbers whatever TorchSharp makes tensors of where it is told no type or device: all that they make follows the
/// model and the data.
/// </summary>
public sealed class EvaluationDeviceTests
{
    private static readonly Dictionary<string, Func<Vae, TensorData, string>> s_runs = new()
    {
        ["likelihood"] = (vae, data) => $"{Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 20 })}",
        ["annealed likelihood"] = (vae, data) => $"{Evaluate.AnnealedImportanceSampling(vae, data, s_short)}",
        ["marginal divergence"] = (vae, data) => $"{Evaluate.MarginalKl(vae, data, new() { Samples = 200 })}",
        ["reconstruction"] = (vae, data) => $"{Evaluate.Reconstruction(vae, data)}",
        ["active units"] = (vae, data) => $"{Evaluate.ActiveUnits(vae, data)}",
        ["sample"] = (vae, _) => $"{vae.Sample(3).sum().ToDouble()}",
        ["training"] = (vae, data)
            => string.Join(" ", Trainer.Fit(vae, new Elbo(), data, data, s_twoEpochs).History.Select(epoch => epoch.TrainLoss)),
    };

    private static readonly TrainingOptions s_twoEpochs = new() { Epochs = 2, BatchSize = 50 };
    private static readonly AisOptions s_short = new() { Chains = 2, PilotChains = 2, Temperatures = 5, LeapfrogSteps = 2 };

    /// <summary>Every run.</summary>
    public static TheoryData<string> Runs => [.. s_runs.Keys];

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_is_the_same_amid_foreign_defaults(string name)
    {
        using var scope = torch.NewDisposeScope();
        var plain = Run(name, Place.Usual);
        Outcome.RequireSame(Run(name, Place.Foreign), plain);
    }

    private static string Run(string name, Place place)
    {
        torch.manual_seed(1);
        using var vae = CoreEntries.SmallVae();
        using var data = new TensorData(place.Levels(120, 6));
        using var entered = place.Enter();
        return s_runs[name](vae, data);
    }
}
