using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Reports;

/// <summary>What a section can be made from. It belongs to the report, which disposes it.</summary>
public sealed class ReportContext : IDisposable
{
    private readonly torch.nn.Module? _opened;
    private readonly Lazy<TensorData?> _items;
    private readonly Lazy<LatentReading?> _latents;

    internal ReportContext(RunRecord run, ReportOptions options)
    {
        (Run, Options) = (run, options);
        _opened = options.Model is null ? Open(run.Folder) : null;
        _items = new(() => Vae is { } vae && options.Data is { } data ? ReportItems.First(data, vae, options) : null);
        _latents = new(() => Items is { } items ? LatentReading.Of(Vae!, items) : null);
    }

    /// <summary>The run in numbers.</summary>
    public RunRecord Run { get; }

    /// <summary>How the report is made.</summary>
    public ReportOptions Options { get; }

    /// <summary>The model of the run's best epoch; null where the folder has none that can be opened.</summary>
    public torch.nn.Module? Model => Options.Model ?? _opened;

    /// <summary>The model, where it is a <see cref="VaeToolkit.Vae"/>.</summary>
    public Vae? Vae => Model as Vae;

    /// <summary>
    /// The first of the report's items, at most <see cref="ReportOptions.MostItems"/>, in the model's type and on its device; null where
    /// there are none, or the model is no <see cref="VaeToolkit.Vae"/> of such items.
    /// </summary>
    public TensorData? Items => _items.Value;

    internal LatentReading? Latents => _latents.Value;

    /// <summary>Releases the items, and the model if it was opened here.</summary>
    public void Dispose()
    {
        if (_items.IsValueCreated)
            _items.Value?.Dispose();
        _opened?.Dispose();
    }

    // A part of one's own may have no factory in this program: the curves can be shown all the same.
    private static torch.nn.Module? Open(string folder)
    {
        var checkpoint = RunFiles.Checkpoint(folder);
        if (!File.Exists(Path.Combine(checkpoint, ModelFolder.DescriptionFile)))
            return null;
        try
        {
            return ModelFolder.Load<torch.nn.Module>(checkpoint);
        }
        catch (ModelFolderException)
        {
            return null;
        }
    }
}
