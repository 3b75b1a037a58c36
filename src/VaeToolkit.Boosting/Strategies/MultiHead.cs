using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Chooses the heads of a <see cref="MultiHeadEncoder"/> and a <see cref="MultiHeadDecoder"/> by task:
/// for training, and by the test items' task in evaluation.
/// </summary>
public sealed class MultiHead : ContinualStrategy
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Neither encoder nor decoder has heads, or the prior is a <see cref="BoostedPrior"/>.</exception>
    public override ITrainingCallback<Vae>? TaskBegins(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        if (stage.Model.Prior is BoostedPrior)
            throw new ArgumentException($"the components of a {nameof(BoostedPrior)} are what one encoder makes of the "
                + "pseudo-inputs of all tasks; with a head for each task there is no such encoder", nameof(stage));
        Evaluating(stage.Model, stage.Number);
        return null;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Neither encoder nor decoder has heads.</exception>
    public override void Evaluating(Vae model, int task)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (encoder, decoder) = (model.Encoder as MultiHeadEncoder, model.Decoder as MultiHeadDecoder);
        if (encoder is null && decoder is null)
            throw new ArgumentException(
                $"neither {model.Encoder.GetType().Name} nor {model.Decoder.GetType().Name} has heads", nameof(model));
        encoder?.Activate(task);
        decoder?.Activate(task);
    }
}
