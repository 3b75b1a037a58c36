using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Networks;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

/// <summary>An encoder as a user would write it, with a part of its own.</summary>
#region
internal sealed class GatedEncoder : Encoder
{
    private readonly Linear _value = Linear(16, 8);
    private readonly Linear _gate = Linear(16, 8);
    private readonly Linear _head = Linear(8, 6);

    public GatedEncoder()
        : base(nameof(GatedEncoder))
    {
        register_module("value", _value);
        register_module("gate", _gate);
        register_module("head", _head);
    }

    public override long LatentSize => 3;

    public override Posterior forward(torch.Tensor input)
    {
        var flat = input.flatten(start_dim: 1);
        var parts = _head.forward(_value.forward(flat).tanh() * _gate.forward(flat).sigmoid()).chunk(2, dim: -1);
        return new DiagonalNormal(mean: parts[0], logVariance: parts[1]);
    }
}
#endregion

/// <summary>log p(x|z) = Σ x log λ − λ − log x!.</summary>
#region
internal sealed class PoissonCounts(torch.Tensor logRate) : Likelihood
{
    public override torch.Tensor Mean => logRate.exp();

    public override torch.Tensor Variance => logRate.exp();

    public override torch.Tensor LogProb(torch.Tensor x)
    {
        RequireInSupport(x, nameof(x));
        return (x * logRate - logRate.exp() - (x + 1).lgamma()).sum(-1);
    }

    public override torch.Tensor Sample() => throw new NotSupportedException("counts are not sampled here");

    public override string? ExplainOutsideSupport(torch.Tensor x) => x.min().ToDouble() < 0 ? "counts must not be negative" : null;
}
#endregion

/// <summary>A decoder with a likelihood of the user's own.</summary>
#region
internal sealed class PoissonDecoder : Decoder
{
    private readonly Linear _rate = Linear(3, 16);

    public PoissonDecoder()
        : base(nameof(PoissonDecoder)) => register_module("rate", _rate);

    public override long LatentSize => 3;

    public override IReadOnlyList<long> ItemShape => [16];

    public override Likelihood forward(torch.Tensor input) => new PoissonCounts(_rate.forward(input));
}
#endregion

/// <summary>A prior with a learned shift and no closed-form divergence.</summary>
#region
internal sealed class ShiftedPrior : Prior
{
    public ShiftedPrior()
        : base(nameof(ShiftedPrior)) => this.RegisterParameter("shift", torch.zeros(3));

    public override long LatentSize => 3;

    public override torch.Tensor LogProb(torch.Tensor z) => (z - Shift).square().sum(-1) * -0.5 - 1.5 * Math.Log(2 * Math.PI);

    public override torch.Tensor Sample(long count) => torch.randn([count, 3L], generator: NoiseSource.OfThisThread) + Shift;

    private torch.Tensor Shift => get_parameter("shift")!;
}
#endregion

/// <summary>An objective with state: it weighs the divergence by the share of steps taken.</summary>
#region
internal sealed class RampedBound(int steps) : Objective<Vae>
{
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        var weight = Math.Min(1.0, StepsTaken / (double)steps);
        var (z, logPosterior) = model.Encode(batch.Items).RSampleAndLogProb();
        var error = -model.Decode(z).LogProb(batch.Items).mean();
        var divergence = (logPosterior - model.Prior.LogProb(z)).mean();
        return new ObjectiveResult(error + divergence * weight, new ObjectiveTerm("error", error), new ObjectiveTerm("weight", weight));
    }
}
#endregion

/// <summary>A model with a graph of its own, made of the library's blocks: q(z|x, y) and p(x|z, y) for items with a label.</summary>
#region
internal sealed class ClassModel : Module
{
    private const long Items = 6;
    private const long Latents = 2;
    private readonly long _classes;
    private readonly Sequential _trunk;
    private readonly DiagonalNormalHead _posterior = new(8, Latents, range: null);
    private readonly Linear _mean;
    private readonly StandardNormalPrior _prior = new(Latents);

    public ClassModel(long classes, double variance)
        : base(nameof(ClassModel))
    {
        (_classes, Variance) = (classes, variance);
        _trunk = Layers.Dense(Items + classes, [8], Activation.Tanh);
        _mean = Linear(Latents + classes, Items);
        register_module("trunk", _trunk);
        register_module("posterior", _posterior.Linear);
        register_module("mean", _mean);
        register_module("prior", _prior);
    }

    public double Variance { get; }

    public Prior Prior => _prior;

    public Posterior Encode(Batch batch)
    {
        Shape.RequireItems(batch.Items, [Items], nameof(batch));
        return _posterior.Posterior(_trunk.forward(torch.cat([batch.Items, OneHot(batch)], -1)));
    }

    /// <summary>log p(x|z, y) in nats, <c>[N]</c>.</summary>
    public torch.Tensor LogProb(Batch batch, torch.Tensor z)
    {
        var latent = new LatentBatch(z, Latents, nameof(z));
        var error = batch.Items - _mean.forward(torch.cat([latent.Rows, OneHot(batch)], -1));
        return ItemSum.Of((error.square() / Variance + Math.Log(2 * Math.PI * Variance)) * -0.5);
    }

    private torch.Tensor OneHot(Batch batch) => functional.one_hot(batch.Labels!, _classes).to(torch.float32);
}
#endregion

/// <summary>The bound of log p(x|y), with its divergence as a term.</summary>
#region
internal sealed class ClassBound : Objective<ClassModel>
{
    public override ObjectiveResult Compute(ClassModel model, Batch batch)
    {
        var posterior = model.Encode(batch);
        var (z, _) = posterior.RSampleAndLogProb();
        var (error, divergence) = (-model.LogProb(batch, z).mean(), model.Prior.AnalyticKl(posterior)!.mean());
        return new(error + divergence, new ObjectiveTerm("error", error), new ObjectiveTerm("kl", divergence));
    }
}
#endregion
