using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// The callback behind <see cref="TrainingOptions.Report"/>. It is found by name: this assembly has no drawing library and gets none, and
/// an application without the option need not have the one that has.
/// </summary>
internal static class RunPage
{
    /// <summary>The callbacks, and behind them the one that writes the page, where the options ask for it.</summary>
    /// <exception cref="InvalidOperationException">The application has no VaeToolkit.Reports.</exception>
    public static IReadOnlyList<ITrainingCallback<TModel>>? Add<TModel>(
        IReadOnlyList<ITrainingCallback<TModel>>? callbacks, TrainingOptions options, DataSource? validation)
        where TModel : torch.nn.Module
        => options.Report ? [.. callbacks ?? [], Writer(options, validation)] : callbacks;

    private static ITrainingCallback<torch.nn.Module> Writer(TrainingOptions options, DataSource? validation)
    {
        // The whole name stands here, so that trimming sees and keeps the type.
        var type = Type.GetType("VaeToolkit.Reports.RunPage, VaeToolkit.Reports")
            ?? throw new InvalidOperationException(
                "TrainingOptions.Report is set, but this application has no VaeToolkit.Reports, which writes the page: "
                + "'dotnet add package VaeToolkit.Reports', or leave Report out");
        return (ITrainingCallback<torch.nn.Module>)Activator.CreateInstance(
            type, options.CheckpointDirectory, options.ReportEvery, validation)!;
    }
}
