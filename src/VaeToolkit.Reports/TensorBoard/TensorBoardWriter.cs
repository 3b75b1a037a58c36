using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>
/// Writes a training run for TensorBoard, by TorchSharp's own <see cref="SummaryWriter"/>: after every epoch the loss and all terms of
/// training and validation data, the learning rate and the time; settings as text; of a <see cref="Vae"/> samples as pictures and, with
/// data, the posterior means as histograms. The model and the random numbers of training stay as they are.
/// </summary>
public sealed class TensorBoardWriter : ITrainingCallback<torch.nn.Module>
{
    private const int Columns = 8;

    private readonly SummaryWriter _writer;
    private readonly ReportOptions _options;
    private readonly int _every;
    private bool _hasBegun;

    /// <summary>Makes the callback; a new file of events is begun in the folder.</summary>
    /// <param name="folder">The folder that TensorBoard is pointed at.</param>
    /// <param name="every">After how many epochs pictures and histograms are written, at least 1; default 1.</param>
    /// <param name="options">The data of the histograms, the number of items and the seed; null for no histograms.</param>
    /// <exception cref="ArgumentException">The folder's name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="every"/> is below 1, or an option is out of its range.</exception>
    public TensorBoardWriter(string folder, int every = 1, ReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        _options = (options ?? new()).Validated();
        _every = every;
        Directory.CreateDirectory(folder);
        _writer = torch.utils.tensorboard.SummaryWriter(folder);
    }

    /// <inheritdoc/>
    public void EpochEnded(torch.nn.Module model, EpochSummary summary)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(summary);
        if (!_hasBegun)
            WriteSettings(model, summary.Epoch);
        _hasBegun = true;
        WriteNumbers(summary);
        if (model is Vae vae && summary.Epoch % _every == 0)
        {
            using var scope = torch.NewDisposeScope();
            WriteSamples(vae, summary.Epoch);
            WriteMeans(vae, summary.Epoch);
        }
    }

    private void WriteNumbers(EpochSummary summary)
    {
        Write("train", "loss", summary.TrainLoss);
        foreach (var (name, value) in summary.Terms)
            Write("train", name, value);
        if (summary.ValidationLoss is { } validation)
            Write("validation", "loss", validation);
        foreach (var (name, value) in summary.ValidationTerms ?? new Dictionary<string, double>())
            Write("validation", name, value);
        Write("run", "learning_rate", summary.LearningRate);
        Write("run", "seconds", summary.Seconds);

        void Write(string group, string name, double value) => _writer.add_scalar($"{group}/{name}", (float)value, summary.Epoch);
    }

    private void WriteSettings(torch.nn.Module model, int epoch)
    {
        var text = new StringBuilder("| name | value |\n|---|---|\n");
        text.AppendLine($"| model | {Cell(model.ToString() ?? model.GetName())} |");
        if (TrainingRecord.Of(model) is { } record)
        {
            text.AppendLine($"| trained with | {Cell(record.ToString())} |");
            foreach (var (name, value) in record.Settings)
                text.AppendLine($"| {Cell(name)} | {Cell(value)} |");
        }
        _writer.add_text("settings", text.ToString(), epoch);
    }

    // TensorBoard shows text as Markdown.
    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);

    private void WriteSamples(Vae model, int epoch)
    {
        if (ItemPictures.For(model) is not { } pictures)
            return;
        var samples = pictures.Of(model.Sample(Columns * Columns, _options.Seed)).clamp(0, 1);
        _writer.add_img("samples", Grid(samples), epoch, dataformats: "CHW");
    }

    // Images [N, ...] to one of [C, H, W].
    private static torch.Tensor Grid(torch.Tensor images)
    {
        var shape = images.shape switch
        {
            [_, var flat] => [1, (long)Math.Sqrt(flat), (long)Math.Sqrt(flat)],
            [_, var height, var width] => [1, height, width],
            var whole => whole[1..],
        };
        return images.reshape(Columns, Columns, shape[0], shape[1], shape[2]).permute(2, 0, 3, 1, 4)
            .reshape(shape[0], Columns * shape[1], Columns * shape[2]).to(torch.float32).cpu();
    }

    private void WriteMeans(Vae model, int epoch)
    {
        if (_options.Data is not { } data || ReportItems.First(data, model, _options) is not { } items)
            return;
        using (items)
        {
            var reading = LatentReading.Of(model, items);
            _writer.add_histogram("posterior_means", torch.tensor(reading.Means, torch.float32), epoch);
        }
    }
}
