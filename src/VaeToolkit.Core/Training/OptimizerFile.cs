using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>
/// An optimiser's state in a checkpoint folder: safetensors for <see cref="FusedAdam"/>, TorchSharp's own format for its optimisers.
/// </summary>
internal static class OptimizerFile
{
    private const string Kind = "vaetoolkit.fused-adam";
    private const int FormatVersion = 1;
    private const string FusedFile = "optimizer.safetensors";
    private const string ForeignFile = "optimizer.bin";

    private static readonly string[] s_rates = ["LearningRate", "InitialLearningRate"];

    public static bool CanSave(torch.optim.Optimizer optimizer) => optimizer is FusedAdam or OptimizerHelper;

    /// <summary>An optimiser's kind, its hyper-parameters but the learning rate, and the file that holds its state.</summary>
    public static string Describe(torch.optim.Optimizer optimizer) => optimizer switch
    {
        FusedAdam fused => $"{nameof(FusedAdam)} (β {OptionText.Of(fused.Betas.Item1)} and {OptionText.Of(fused.Betas.Item2)}, "
            + $"ε {OptionText.Of(fused.Epsilon)}, weight decay {OptionText.Of(fused.WeightDecay)}; {FusedFile})",
        OptimizerHelper => $"{optimizer.GetType().Name} ({string.Join("; ", Groups(optimizer))}; {ForeignFile})",
        _ => optimizer.GetType().Name,
    };

    public static void Save(torch.optim.Optimizer optimizer, string folder)
    {
        using var scope = torch.NewDisposeScope();
        if (optimizer is FusedAdam fused)
            SafeTensors.Write(FusedPath(folder), fused.SaveState(), SafeTensors.Kind(Kind, FormatVersion));
        else if (optimizer is OptimizerHelper helper)
            helper.save_state_dict(ForeignPath(folder));
    }

    /// <exception cref="IOException">The file is missing, damaged or of another optimiser; of TorchSharp's format other exceptions may come
    /// too.</exception>
    public static void Load(torch.optim.Optimizer optimizer, string folder)
    {
        if (optimizer is FusedAdam fused)
            LoadFused(fused, FusedPath(folder));
        else if (optimizer is OptimizerHelper helper)
            LoadForeign(helper, ForeignPath(folder));
    }

    private static void LoadFused(FusedAdam optimizer, string path)
    {
        using var scope = torch.NewDisposeScope();
        using var file = SafeTensors.Read(path);
        file.RequireKind(Kind, FormatVersion);
        try
        {
            optimizer.LoadState(file.Tensors);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException(path, "it holds the state of an optimiser of other parameters", e);
        }
    }

    // What TorchSharp makes for a state that it loads (a momentum buffer) belongs to the scope of the moment and would die with it;
    // detached, it goes with the optimiser (tests/TorchSharp.Tests/UpstreamFaultTests.cs).
    private static void LoadForeign(OptimizerHelper optimizer, string path)
    {
        using var scope = torch.NewDisposeScope();
        try
        {
            optimizer.load_state_dict(path);
            scope.Detach(scope.DisposablesView);
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or EndOfStreamException)
        {
            throw new CheckpointException(
                path, $"it does not hold the state of this {optimizer.GetType().Name}: {EngineError.FirstLine(e)}", e);
        }
    }

    private static string FusedPath(string folder) => Path.Combine(folder, FusedFile);

    private static string ForeignPath(string folder) => Path.Combine(folder, ForeignFile);

    // TorchSharp keeps the hyper-parameters of each group in fields of its own, nested class of options. Trimming keeps those that are
    // named here; of others it may leave fewer to compare.
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(Adam.Options))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(AdamW.Options))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(SGD.Options))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(RMSProp.Options))]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The fields of the usual optimisers are kept.")]
    private static IEnumerable<string> Groups(torch.optim.Optimizer optimizer) => optimizer.ParamGroups.OfType<ParamGroup>()
        .Select(group => string.Join(", ", group.Options.GetType().GetFields().Where(field => !s_rates.Contains(field.Name))
            .Select(field => $"{field.Name} {OptionText.Of(field.GetValue(group.Options))}")));
}
