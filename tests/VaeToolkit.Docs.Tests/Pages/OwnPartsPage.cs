using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Networks;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

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
