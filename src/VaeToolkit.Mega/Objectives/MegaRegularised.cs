using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// Another objective plus α times the moment gap between data and decoder (MEGA-β-VAE; Beaulac 2021, slides eq. 34). The other loss is
/// summed over D and averaged over the batch before the gap is added, so α does not depend on the batch's size. Draws z ~ p(z) need no
/// gradient; it flows through E[x|z] and Var[x|z].
/// </summary>
/// <remarks>Terms: those of the other objective, then <c>moment_gap</c>, before its weight.</remarks>
public sealed class MegaRegularised : Objective<Vae>, IDisposable
{
    private const string InnerPrefix = "inner.";
    private readonly Objective<Vae> _inner;
    private readonly DataMoments? _data;
    private readonly MomentTarget? _fixed;

    /// <summary>Wraps an objective.</summary>
    /// <param name="inner">The other objective; its state is advanced and saved with this one's.</param>
    /// <param name="data">The training data's moments, kept fixed; null takes each batch's own,
    /// which biases the gradient of a norm.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public MegaRegularised(Objective<Vae> inner, DataMoments? data, MegaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Options = (options ?? new()).Validated();
        (_inner, _data, _fixed) = (inner, data, data is null ? null : MomentTarget.Of(data));
    }

    /// <summary>The options.</summary>
    public MegaOptions Options { get; }

    /// <summary>The other objective's.</summary>
    public override WarmUpPlan? WarmUpPlan => _inner.WarmUpPlan;

    /// <summary>Two for the moments of each batch, or what the other objective needs.</summary>
    /// <param name="model">The model.</param>
    public override long SmallestBatch(Vae model) => Math.Max(LeastItems, _inner.SmallestBatch(model));

    /// <summary>The same of validation.</summary>
    /// <param name="model">The model.</param>
    public override long SmallestValidationBatch(Vae model) => Math.Max(LeastItems, _inner.SmallestValidationBatch(model));

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            var settings = new OrderedDictionary<string, string>(OptionText.ByName(
                Options, ("Moments", _fixed is null ? "of each batch" : $"fixed: {_fixed.Size}"), ("Inner", _inner.GetType().Name)));
            foreach (var (name, value) in _inner.Settings)
                settings[InnerPrefix + name] = value;
            return settings;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The data's moments have another D than the model, or are of items with their axes in another
    /// order.</exception>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        // Here and not after a step: between epochs the trainer counts this objective's epochs only.
        _inner.EpochsFinished = EpochsFinished;
        return Regularise(_inner.Compute(model, batch), model, batch);
    }

    /// <inheritdoc/>
    public override ObjectiveResult ComputeForValidation(Vae model, Batch batch)
        => Regularise(_inner.ComputeForValidation(model, batch), model, batch);

    /// <inheritdoc/>
    public override void AdvanceStep(IReadOnlyDictionary<string, double> terms)
    {
        base.AdvanceStep(terms);
        _inner.AdvanceStep(terms);
    }

    /// <inheritdoc/>
    public override Dictionary<string, double> SaveState()
    {
        var state = base.SaveState();
        foreach (var (name, value) in _inner.SaveState())
            state[InnerPrefix + name] = value;
        return state;
    }

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, double> state)
    {
        base.LoadState(state);
        _inner.LoadState(state.Where(pair => pair.Key.StartsWith(InnerPrefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[InnerPrefix.Length..], pair => pair.Value));
    }

    /// <inheritdoc/>
    public override string? ExplainOutsideSupport(Vae model, Batch batch) => _inner.ExplainOutsideSupport(model, batch);

    /// <summary>The other objective and the gap's weight.</summary>
    public override string ToString() => Rows.Text($"{nameof(MegaRegularised)}: {_inner} + {Options.Alpha} × {Options.Term}");

    /// <summary>Frees the fixed moments.</summary>
    public void Dispose() => _fixed?.Dispose();

    private long LeastItems => _fixed is null ? 2 : 1;

    private ObjectiveResult Regularise(ObjectiveResult inner, Vae model, Batch batch)
    {
        _data?.RequireOrderOf(model.ItemShape, nameof(model));
        var likelihood = model.DecodeOfChecked(DrawLatents(model));
        var means = likelihood.Mean.reshape(Options.Draws, -1);
        var target = _fixed ?? MomentTarget.OfBatch(batch.Items);
        if (target.Dimension != means.shape[1])
            throw new ArgumentException($"the data have {target.Dimension} values a row, the model {means.shape[1]}", nameof(model));
        var gap = target.Gap(means, likelihood.Variance.reshape(Options.Draws, -1), Options.Term);
        return new(inner.Loss + gap * Options.Alpha, [.. inner.Terms, new ObjectiveTerm("moment_gap", gap)]);
    }

    private torch.Tensor DrawLatents(Vae model)
    {
        using var noGradient = torch.no_grad();
        return model.SampleLatents(Options.Draws);
    }
}
