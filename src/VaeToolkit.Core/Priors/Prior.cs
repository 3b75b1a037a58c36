using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// A prior p(z) over latent vectors. It is a module, so that a learned prior's parameters are trained, moved and saved with the model.
/// </summary>
/// <param name="name">The module's name, usually <c>nameof</c> the class.</param>
public abstract class Prior(string name) : torch.nn.Module(name)
{
    [ThreadStatic]
    private static int s_ofChecked;

    /// <summary>Whether somebody asked for <see cref="LogProb"/> who is not this library, outside of a step.</summary>
    private protected static bool IsAskedFor => s_ofChecked == 0 && !TrainingStep.IsComputed;

    /// <summary>Number of latent features Z.</summary>
    public abstract long LatentSize { get; }

    /// <summary>log p(z) in nats.</summary>
    /// <param name="z">Latent vectors <c>[..., Z]</c>.</param>
    /// <returns><c>[...]</c>, the shape of <paramref name="z"/> without its last axis.</returns>
    /// <exception cref="ArgumentException">The last axis is not <see cref="LatentSize"/>, or a latent vector is NaN or infinite; where
    /// gradients flow through them, that is not looked at.</exception>
    public abstract torch.Tensor LogProb(torch.Tensor z);

    /// <summary>Draws latent vectors.</summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, Z]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public abstract torch.Tensor Sample(long count);

    /// <summary>
    /// As <see cref="Sample"/>, in the type and on the device of a decoder's weights: a prior without weights knows of no move that its
    /// model's other parts made without it.
    /// </summary>
    public torch.Tensor SampleFor(torch.nn.Module decoder, long count) => Sample(count).ToWeightsOf(decoder);

    /// <summary>
    /// <see cref="LogProb"/> of latent vectors that a model has drawn or encoded itself, whose values are not looked at: what comes of them
    /// is. libtorch's refusals are said in the caller's terms, of a user's own prior too.
    /// </summary>
    public torch.Tensor LogProbExplained(torch.Tensor z)
    {
        s_ofChecked++;
        try
        {
            return EngineError.Of(this, z, nameof(z), () => LogProb(z));
        }
        finally
        {
            s_ofChecked--;
        }
    }

    /// <summary>As <see cref="LogProbExplained"/> of <see cref="AnalyticKl"/>.</summary>
    public torch.Tensor? AnalyticKlExplained(Posterior posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        return EngineError.Of(this, posterior.Mean, nameof(posterior), () => AnalyticKl(posterior));
    }

    /// <summary>
    /// KL(q(z|x) ‖ p(z)) in closed form, in nats, <c>[N]</c>; or null when there is none for this pair, and the objective
    /// falls back to its sampled form.
    /// </summary>
    /// <param name="posterior">q(z|x).</param>
    public virtual torch.Tensor? AnalyticKl(Posterior posterior)
        => AnalyticKlByLatent(posterior) is { } byLatent ? ItemSum.Of(byLatent) : null;

    /// <summary>
    /// The same divergence by latent feature, <c>[N, Z]</c>, where both distributions are products over latent features; else null.
    /// Overriding this is enough: <see cref="AnalyticKl"/> is its sum.
    /// </summary>
    /// <param name="posterior">q(z|x).</param>
    public virtual torch.Tensor? AnalyticKlByLatent(Posterior posterior) => null;

    /// <summary>
    /// Requires finite latent vectors where somebody asks for their density by <see cref="LogProb"/>, which a prior of your own may begin
    /// with as well. Within <see cref="LogProbExplained"/> and a step of training or validation, and of a tensor that gradients flow
    /// through, no value is read.
    /// </summary>
    /// <param name="z">Latent vectors.</param>
    /// <exception cref="ArgumentException">One is NaN or infinite.</exception>
    protected static void RequireFiniteLatents(torch.Tensor z)
    {
        if (IsAskedFor)
            Shape.RequireFiniteInput(z, nameof(z));
    }

    /// <summary>Likewise of the densities of latent vectors.</summary>
    /// <exception cref="ArithmeticException">One is NaN.</exception>
    private protected static torch.Tensor RequireFiniteDensity(torch.Tensor density, torch.Tensor z)
        => IsAskedFor && !z.requires_grad ? Shape.RequireAnswers(density, nameof(z)) : density;

    /// <summary>
    /// Called when a model is put together. A prior that is made from an encoder (its components are the encoder at pseudo-inputs) refuses
    /// any other one, which would be neither trained nor saved with the model. By default all encoders fit.
    /// </summary>
    /// <param name="encoder">The model's encoder.</param>
    /// <exception cref="ArgumentException">The prior was made from another encoder.</exception>
    public virtual void RequireFits(Encoder encoder)
    {
    }

    /// <summary>
    /// Writes a draw from p(z), with its random numbers as inputs, into a graph, so that it can be exported (<c>VaeToolkit.Onnx</c>). A
    /// part of your own overrides it.
    /// </summary>
    /// <param name="graph">Where to.</param>
    /// <returns>z, <c>[N, Z]</c>.</returns>
    /// <exception cref="NotSupportedException">The part does not say how; the message shows the line to write.</exception>
    public virtual GraphValue WriteTo(NetworkGraph graph)
        => throw UnwrittenPart.Of(this, "public override GraphValue WriteTo(NetworkGraph graph)");

    /// <summary>
    /// TorchSharp's own way, which registers every field that holds a module, a parameter or a tensor under the field's name; a constructor
    /// may end with it, and TorchSharp calls it when this part becomes a part of another. It does nothing where something was registered by
    /// name: those names are the keys in saved files, and registering is then the part's own matter.
    /// </summary>
    protected override void RegisterComponents()
    {
        if (!this.HasRegistered())
            base.RegisterComponents();
    }
}
