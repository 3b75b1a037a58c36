using TorchSharp;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Boosting;

/// <summary>
/// The posterior over a classifier's weights, p(θ) Π_n p(y_n | x_n, θ), as a target of boosting, with a diagonal normal prior p(θ). The
/// component step climbs an estimate from one batch, with local reparameterisation and the prior's part in closed form;
/// candidates are scored on all data.
/// </summary>
public sealed class NetworkPosterior : BoostingTarget, IDisposable
{
    private const int ExactBatchSize = 1000;
    private readonly ClassifierNetwork _network;
    private readonly DataSource _data;
    private readonly DiagonalComponents _prior;
    private readonly EndlessBatches _batches;
    private readonly IProgress<LikelihoodPass>? _progress;
    private readonly double _warmUpSteps;
    private torch.Tensor? _passLogLikelihood;
    private int _steps;

    /// <summary>Makes the target. It reads the data and the prior but owns neither.</summary>
    /// <param name="network">The classifier.</param>
    /// <param name="data">Labelled images, labels from 0 to Y − 1.</param>
    /// <param name="prior">p(θ): one component of the network's D dimensions.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told of every pass over the data.</param>
    /// <exception cref="ArgumentException">The prior has other sizes, or there is a label that the network has no output for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public NetworkPosterior(
        ClassifierNetwork network, DataSource data, DiagonalComponents prior, NetworkPosteriorOptions? options = null,
        IProgress<LikelihoodPass>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(prior);
        options = (options ?? new()).Validated();
        if (prior.Count != 1 || prior.Size != network.Size)
            throw new ArgumentException(
                $"the prior is {prior.Count} components of {prior.Size} dimensions; it must be 1 of {network.Size}", nameof(prior));
        foreach (var labels in data.InOrder(ExactBatchSize).Select(batch => batch.Labels).OfType<torch.Tensor>())
        {
            using var onHost = labels.cpu();
            using var values = onHost.data<long>();
            network.RequireLabels(values, nameof(data));
        }
        (_network, _data, _prior, _progress) = (network, data, prior, progress);
        var size = (int)Math.Min(options.BatchSize, data.Count);
        StepsPerPass = (int)((data.Count + size - 1) / size);
        _warmUpSteps = options.WarmUpSteps(StepsPerPass);
        _batches = new(data, size, options.Seed);
    }

    /// <summary>Batches, and so optimiser steps, in a pass over the data.</summary>
    public int StepsPerPass { get; }

    /// <inheritdoc/>
    public override long Size => _network.Size;

    /// <summary>log p(θ) + Σ_n log p(y_n | x_n, θ) on all data.</summary>
    /// <param name="points">θ, <c>[K, D]</c>.</param>
    /// <returns><c>[K]</c>.</returns>
    public override torch.Tensor LogDensity(torch.Tensor points)
    {
        ArgumentNullException.ThrowIfNull(points);
        using var scope = torch.NewDisposeScope();
        var prior = _prior.LogDensities(points, torch.zeros(1, points.dtype, points.device)).squeeze(1);
        var total = prior.to(ItemSum.WideType(prior));
        foreach (var batch in _data.InOrder(ExactBatchSize))
            total = total
                + Stack(
                    (int)points.shape[0],
                    k => LogLikelihood(_network.LogitsOfChecked(batch.Items, points.select(0, k)), Labels(batch)));
        return total.to(points.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// E_h[log p] from the next batch B: (N/|B|) Σ_B log p(y | x, h) by local reparameterisation + E_h[log p(θ)] in closed form. With the
    /// step's entropy that makes the likelihood's part − KL(h ‖ p(θ)); during the warm-up − β KL(h ‖ p(θ)).
    /// </summary>
    /// <param name="components">h: diagonal normals.</param>
    /// <param name="points">Not used.</param>
    /// <returns><c>[R]</c>.</returns>
    /// <exception cref="ArgumentException">The components are not diagonal.</exception>
    public override torch.Tensor ExpectedLogDensity(NormalComponents components, torch.Tensor points)
    {
        var normal = components as DiagonalComponents
            ?? throw new ArgumentException("a network's weights are independent; the components must be diagonal", nameof(components));
        var batch = _batches.Next();
        var labels = Labels(batch);
        var logLikelihood = Stack(normal.Count,
            r => LogLikelihood(_network.SampleLogits(batch.Items, normal.Means.select(0, r), normal.LogVariances.select(0, r)), labels));
        var warmth = _steps < _warmUpSteps ? _steps / _warmUpSteps : 1;
        Count(logLikelihood.detach().mean(), batch.Size);
        var divergence = new DiagonalNormal(normal.Means, normal.LogVariances).KlTo(new(_prior.Means, _prior.LogVariances));
        return logLikelihood * ((double)_data.Count / batch.Size) - divergence * warmth - normal.Entropy();
    }

    /// <inheritdoc/>
    public override string? ExplainUnfinishedWarmUp(long steps)
        => _steps + steps >= _warmUpSteps ? null
            : new WarmUpPlan("weight of the divergence", 1, BetaWarmUp.OverSteps((long)Math.Ceiling(_warmUpSteps)))
            {
                Share = (taken, _) => taken / _warmUpSteps,
            }.ExplainUnfinished(_steps + steps, 0)?.Replace("training ends", "the component step ends", StringComparison.Ordinal);

    /// <summary>Releases the batch at hand.</summary>
    public void Dispose()
    {
        _batches.Dispose();
        _passLogLikelihood?.Dispose();
        _passLogLikelihood = null;
    }

    private static torch.Tensor Labels(Batch batch)
        => batch.Labels ?? throw new InvalidOperationException("the images have no labels to learn from");

    private static torch.Tensor Stack(int count, Func<int, torch.Tensor> value)
        => torch.stack([.. Enumerable.Range(0, count).Select(value)]);

    private static torch.Tensor LogLikelihood(torch.Tensor logits, torch.Tensor labels)
        => ItemSum.Of(-functional.cross_entropy(logits, labels, reduction: Reduction.None));

    // Added up where the network is, and read once a pass: no step waits for a GPU.
    private void Count(torch.Tensor meanLogLikelihood, long items)
    {
        using var scope = torch.NewDisposeScope();
        var each = meanLogLikelihood.to(ItemSum.WideType(meanLogLikelihood)) / items;
        var sum = (_passLogLikelihood is null ? each : _passLogLikelihood + each).DetachFromDisposeScope();
        _passLogLikelihood?.Dispose();
        _passLogLikelihood = sum;
        if (++_steps % StepsPerPass != 0)
            return;
        _passLogLikelihood = null;
        using (sum)
            _progress?.Report(new(_batches.Passes, sum.ToDouble() / StepsPerPass));
    }
}
