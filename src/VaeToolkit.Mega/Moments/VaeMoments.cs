using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>The conditional moments of a VAE's decoder at draws of its prior, in evaluation mode. The VAE stays its owner's.</summary>
/// <param name="vae">The model, whose likelihood states a mean and a variance for every value.</param>
public sealed class VaeMoments(Vae vae) : LatentVariableModel
{
    private readonly Vae _vae = vae ?? throw new ArgumentNullException(nameof(vae));

    /// <inheritdoc/>
    public override int Dimension => (int)Shape.Size(_vae.ItemShape);

    /// <summary>The shape of an item of the model's.</summary>
    internal IReadOnlyList<long> ItemShape => _vae.ItemShape;

    /// <summary>Null: a decoder's moments are found by Monte Carlo.</summary>
    public override SecondMoments? ExactMoments => null;

    /// <inheritdoc/>
    public override ConditionalMoments Draw(int count)
    {
        Shape.RequirePositive(count, "the number of draws", nameof(count));
        using var mode = EvaluationMode.Enter(_vae);
        var likelihood = _vae.DecodeOfChecked(_vae.SampleLatents(count));
        return ConditionalMoments.Independent(likelihood.Mean, likelihood.Variance);
    }

    /// <summary>The decoder.</summary>
    public override string ToString() => $"{nameof(VaeMoments)} of {_vae.Decoder}";
}
