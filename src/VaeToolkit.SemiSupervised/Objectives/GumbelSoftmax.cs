using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// Draws a class from q(y|x) in a way that lets gradients through: a one-hot row forward, the softmax of (logits + Gumbel noise) / τ
/// backward, the straight-through estimator (Jang et al. 2017, section 2.2). One decoder pass an item in place of Y; the value is unbiased,
/// the gradient is biased, the less the smaller τ, and the noisier.
/// </summary>
/// <param name="Temperature">τ, above 0; default 0.5.</param>
public sealed record GumbelSoftmax(double Temperature = 0.5)
{
    // Keeps the logarithms finite: a uniform number in float32 can be 0.
    private const double Smallest = 1e-20;

    /// <summary>The temperature.</summary>
    public override string ToString() => FormattableString.Invariant($"Temperature {Temperature}");

    internal GumbelSoftmax Validated() => Temperature > 0 && double.IsFinite(Temperature)
        ? this
        : throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "the temperature must be a positive number");

    /// <summary>Label rows drawn from a classifier's logits, both <c>[N, RowSize]</c>.</summary>
    internal torch.Tensor Rows(torch.Tensor logits, LabelSpace labels) => torch.cat([.. labels.Parts(logits).Select(Draw)], 1);

    private torch.Tensor Draw(torch.Tensor logits)
    {
        var uniform = NoiseSource.Uniform(logits.shape, logits, itemAxis: 0);
        var gumbel = -(-(uniform.clamp_min(Smallest)).log()).clamp_min(Smallest).log();
        var relaxed = ((logits + gumbel) / Temperature).softmax(1);
        var drawn = OneHot.Rows(relaxed.argmax(1), logits.shape[1], logits.dtype);
        return relaxed + (drawn - relaxed).detach();
    }
}
