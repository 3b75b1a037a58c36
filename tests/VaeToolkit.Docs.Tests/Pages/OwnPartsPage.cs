using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Extensibility.Tests;

/// <summary>An encoder as a user would write it, with a part of its own.</summary>
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

/// <summary>A decoder with a likelihood of the user's own.</summary>
internal sealed class PoissonDecoder : Decoder
{
    private readonly Linear _rate = Linear(3, 16);

    public PoissonDecoder()
        : base(nameof(PoissonDecoder)) => register_module("rate", _rate);

    public override long LatentSize => 3;

    public override IReadOnlyList<long> ItemShape => [16];

    public override Likelihood forward(torch.Tensor input) => new PoissonCounts(_rate.forward(input));
}

/// <summary>log p(x|z) = Σ x log λ − λ − log x!.</summary>
internal sealed class PoissonCounts(torch.Tensor logRate) : Likelihood
{
    public override torch.Tensor Mean => logRate.exp();

    public override torch.Tensor Variance => logRate.exp();

    public override torch.Tensor LogProb(torch.Tensor x) => (x * logRate - logRate.exp() - (x + 1).lgamma()).sum(-1);

    public override torch.Tensor Sample() => throw new NotSupportedException("counts are not sampled here");

    public override string? ExplainOutsideSupport(torch.Tensor x) => x.min().ToDouble() < 0 ? "counts must not be negative" : null;
}

/// <summary>A prior with a learned shift and no closed-form divergence.</summary>
internal sealed class ShiftedPrior : Prior
{
    public ShiftedPrior()
        : base(nameof(ShiftedPrior)) => this.RegisterParameter("shift", torch.zeros(3));

    public override long LatentSize => 3;

    public override torch.Tensor LogProb(torch.Tensor z) => (z - Shift).square().sum(-1) * -0.5 - 1.5 * Math.Log(2 * Math.PI);

    public override torch.Tensor Sample(long count) => torch.randn([count, 3L]) + Shift;

    private torch.Tensor Shift => get_parameter("shift")!;
}

/// <summary>An objective with state: it weighs the divergence by the share of steps taken.</summary>
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
