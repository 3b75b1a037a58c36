using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>What <see cref="TrainingOptions.Report"/> stands for; <see cref="Trainer.Fit"/> finds it by its name and constructor.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Trainer.Fit makes it.")]
internal sealed class RunPage(string runFolder, int? every, DataSource? items) : ITrainingCallback<torch.nn.Module>
{
    private readonly ReportWriter _writer = new(runFolder, every, new() { Data = items });

    public void CheckpointSaved(string directory, EpochSummary summary) => _writer.CheckpointSaved(directory, summary);

    public void TrainingEnded(torch.nn.Module model, TrainingResult result) => _writer.TrainingEnded(model, result);
}
