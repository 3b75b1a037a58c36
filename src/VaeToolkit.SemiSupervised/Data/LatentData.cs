using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Items as a trained autoencoder sees them: model M1 (Kingma et al. 2014, section 2.1). A classifier on these is M1; an M2 model on these
/// is M1+M2. The autoencoder is only read; labels go along.
/// </summary>
public sealed class LatentData : DataSource
{
    // Evaluation draws from other random numbers than any epoch of training.
    private const int EvaluationEpoch = -1;

    private readonly Vae _vae;
    private readonly DataSource _source;
    private readonly LatentKind _kind;
    private readonly long[] _features;

    /// <summary>Makes the view. Autoencoder and items stay the caller's.</summary>
    /// <param name="vae">The trained autoencoder; items must be on its device.</param>
    /// <param name="source">The items.</param>
    /// <param name="kind">What stands for an item.</param>
    /// <param name="activity">
    /// Which features to keep: the active ones, such as those of <c>Evaluate.ActiveUnits(vae, items)</c>, whose default keeps standard
    /// deviations of means above 0.1 as the 2014 code does. Null keeps all.
    /// </param>
    /// <exception cref="ArgumentException">The activity is of another number of features, or none is active.</exception>
    public LatentData(Vae vae, DataSource source, LatentKind kind, LatentActivity? activity = null)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(source);
        if (!Enum.IsDefined(kind))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "not one of Means, Samples");
        if (activity is not null && activity.MeanVariances.Count != vae.LatentSize)
            throw new ArgumentException(
                $"the activity is of {activity.MeanVariances.Count} features, the autoencoder has {vae.LatentSize}", nameof(activity));
        if (activity is { IsCollapsed: true })
            throw new ArgumentException("no latent feature is active, so nothing is left of the items", nameof(activity));
        (_vae, _source, _kind) = (vae, source, kind);
        var collapsed = activity?.Collapsed ?? [];
        _features = [.. Enumerable.Range(0, (int)vae.LatentSize)
            .Where(feature => !collapsed.Contains(feature)).Select(feature => (long)feature)];
    }

    /// <inheritdoc/>
    public override long Count => _source.Count;

    /// <summary>Shape of one item, <c>[Z]</c>, Z counting the features that are kept.</summary>
    public override IReadOnlyList<long> ItemShape => [_features.Length];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(_source.Settings)
    {
        ["Latents"] = Then("Latents", OptionText.Of(_kind)),
        ["Features"] = Then("Features", OptionText.Of(_features)),
    };

    /// <summary>A hash of the encoder's weights and of what the items say of themselves.</summary>
    public override string? Fingerprint()
    {
        using var scope = torch.NewDisposeScope();
        using var hash = new ContentHash();
        hash.Add(_source.Fingerprint() ?? "");
        foreach (var (name, weight) in _vae.Encoder.state_dict())
        {
            hash.Add($"{name} {Shape.Text(weight)}");
            hash.Add(weight.detach().cpu().contiguous().bytes);
        }
        return hash.Digits();
    }

    /// <inheritdoc/>
    /// <remarks>Items on a GPU are not looked at here, which would wait for it: the trainer looks at all in their own order first, and in a
    /// loop of one's own that is the caller's.</remarks>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        => Encoded(_source.Batches(size, seed, epoch), seed, epoch, isTraining: true);

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        => Encoded(_source.InOrder(size, seed), seed, EvaluationEpoch, isTraining: false);

    /// <inheritdoc/>
    public override string NameOf(long position, int size) => _source.NameOf(position, size);

    /// <summary>Releases nothing: autoencoder and items are the caller's.</summary>
    /// <param name="disposing">Not used.</param>
    protected override void Dispose(bool disposing)
    {
    }

    // Of items that are latent codes already, both count.
    private string Then(string name, string own) => _source.Settings.TryGetValue(name, out var first) ? $"{first}, then {own}" : own;

    private IEnumerable<Batch> Encoded(IEnumerable<Batch> batches, long seed, int epoch, bool isTraining)
    {
        var (index, before) = (0L, 0L);
        // Sent once: at every batch that would wait for a GPU.
        using var features = torch.tensor(_features, dtype: torch.int64, device: Device).DetachFromDisposeScope();
        foreach (var batch in batches)
        {
            using var encoded = Encode(batch, features, before, (long)SplitMix64.For(seed, epoch, index++).Next(), isTraining);
            before += batch.Size;
            yield return encoded;
        }
    }

    private torch.Device Device => _vae.parameters().FirstOrDefault()?.device ?? torch.CPU;

    // In an epoch's order the number is that of the order; training looks at all items in their own first, so that those on a GPU need not
    // be read again.
    private Batch Encode(Batch batch, torch.Tensor features, long before, long seed, bool isTraining)
    {
        using var mode = EvaluationMode.Enter(_vae);
        using var scope = torch.NewDisposeScope();
        using var random = SeedScope.Begin(seed);
        var posterior = isTraining && batch.Items.device_type != DeviceType.CPU ? _vae.EncodeOfChecked(batch.Items)
            : _vae.EncodeBatch(batch.Items, "the data", before);
        var z = _kind == LatentKind.Means ? posterior.Mean : posterior.RSample().select(0, 0);
        return new Batch(z.index_select(1, features), batch.Labels?.alias()) { LabelledItems = batch.LabelledItems };
    }
}
