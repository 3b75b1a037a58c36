using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Variational inference of a Bayesian network's weights under a prior over kernels (Atanov et al. 2019; Kuzina et al. 2019): minimises
/// data + β_t / (N V_eff) · Σ (−H(q) + bound on −E_q log p(w)), an upper bound on the negative evidence lower bound, divided by N
/// V_eff so that its size depends neither on the number of volumes nor on their size.
/// </summary>
/// <remarks>
/// Terms: <c>data</c>, the batch's mean loss; <c>kl</c>, the bound on KL(q ‖ p) in nats over all weights; <c>kl_per_weight</c>;
/// <c>beta</c> after warm-up; <c>mean_deviation</c>, the mean of σ; and <c>kl/group</c> of each group. With
/// <see cref="GaussianKernelPrior"/>s it is mean-field inference under independent weights.
/// </remarks>
public sealed class DeepWeightPriorObjective : NetworkObjective<BayesianUNet3d>
{
    private readonly WeightPrior _prior;

    /// <summary>Makes the objective of a network.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="network">The network that will be trained: it is checked here that every layer has a prior,
    /// and every group a layer.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">A layer belongs to no group, its prior is over kernels of another size, or a group has no layer:
    /// the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public DeepWeightPriorObjective(WeightPrior prior, BayesianUNet3d network, DeepWeightPriorOptions options)
    {
        ArgumentNullException.ThrowIfNull(prior);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        prior.RequireCovers(network);
        (_prior, Options) = (prior, options.Validated());
    }

    /// <summary>The options.</summary>
    public DeepWeightPriorOptions Options { get; }

    /// <summary>β of the step that comes next.</summary>
    public double CurrentBeta => Options.Beta * (Options.WarmUp?.Factor(StepsTaken, EpochsFinished) ?? 1);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    /// <summary>Whether the data's loss is; the divergence is the same on all ranks.</summary>
    public override bool IsDivisible => Options.Loss.IsDivisible;

    /// <inheritdoc/>
    public override WarmUpPlan? WarmUpPlan => Options is { WarmUp: { } warmUp, Beta: > 0 } ? new("beta", Options.Beta, warmUp) : null;

    /// <inheritdoc/>
    public override IEnumerable<Parameter> OwnParameters => _prior.OwnParameters;

    /// <summary>Those of the prior.</summary>
    public override IReadOnlyList<torch.nn.Module> Alongside => _prior.Networks;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch has no labels, or does not fit the network.</exception>
    public override ObjectiveResult Compute(BayesianUNet3d model, Batch batch) => Compute(model, batch, CurrentBeta);

    /// <inheritdoc/>
    public override ObjectiveResult ComputeForValidation(BayesianUNet3d model, Batch batch) => Compute(model, batch, Options.Beta);

    /// <summary>The bound on KL(q ‖ p) of each group, in nats, by name.</summary>
    /// <param name="network">The network.</param>
    /// <returns>Scalars with gradients, in the caller's dispose scope.</returns>
    public IReadOnlyList<(string Group, torch.Tensor Kl)> Divergences(BayesianUNet3d network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [.. _prior.Grouping.Groups.Select(group => (group, Divergence(network, group)))];
    }

    /// <summary>The settings, and the prior of each group.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        $"DeepWeightPriorObjective: {string.Join(", ", Settings.Select(setting => $"{setting.Key} {setting.Value}"))}", _prior);

    private torch.Tensor Divergence(BayesianUNet3d network, string group)
    {
        var layers = network.BayesianLayers.Where(pair => _prior.Grouping.GroupOf(pair.Name) == group).Select(pair => pair.Layer);
        return GroupKernels.Of(layers, _prior[group].KernelSize).Divergence(_prior[group], Options.Bound, Options.KernelsPerGroup);
    }

    private ObjectiveResult Compute(BayesianUNet3d model, Batch batch, double beta)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var labels = batch.Labels ?? throw new ArgumentException("the batch has no labels", nameof(batch));
        foreach (var (_, layer) in model.BayesianLayers)
            layer.ProjectLogVariance();
        var data = Options.Loss.Compute(model.forward(batch.Items), labels);
        using var common = NoiseSource.ForAllItems();
        var groups = Divergences(model);
        var kl = groups.Select(pair => pair.Kl.to(ItemSum.WideType(pair.Kl))).Aggregate((sum, next) => sum + next).to(groups[0].Kl.dtype);
        var voxels = Options.EffectiveVoxels ?? Shape.Size(batch.Items.shape.Skip(2));
        var weights = model.BayesianLayers.Sum(pair => pair.Layer.Mean.NumberOfElements);
        return new(
            data + kl * (beta / (Options.Volumes * voxels)),
            [
                new(DataTerm, data), new("kl", kl), new("kl_per_weight", kl / weights), new("beta", beta),
                new("mean_deviation", MeanDeviation(model, weights)),
                .. groups.Select(pair => new ObjectiveTerm($"kl/{pair.Group}", pair.Kl)),
            ]);
    }

    private static torch.Tensor MeanDeviation(BayesianUNet3d model, long weights)
    {
        using var noGradient = torch.no_grad();
        return model.BayesianLayers.Select(pair => ItemSum.Of((pair.Layer.LogVariance * 0.5).exp().flatten()))
            .Aggregate((sum, next) => sum + next) / weights;
    }
}
