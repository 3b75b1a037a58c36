using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.Boosting;

/// <summary>
/// A step's pass through the encoder and its pass through the decoder: the batch's items, the pseudo-inputs of the prior's open task and
/// what is held of finished tasks go together. A pass of few rows reads all weights, and adds to all their gradients, like one of many.
/// </summary>
internal sealed class JointPass : IDisposable
{
    private readonly Vae _model;
    private readonly HeldComponents? _held;
    private readonly BoostedPrior? _prior;

    /// <summary>Encodes; the prior is lent its components until this is disposed.</summary>
    /// <param name="model">A model that <see cref="Suits"/>.</param>
    /// <param name="items"><c>[N, *item]</c>.</param>
    /// <param name="held">What is held of finished tasks; null for nothing.</param>
    internal JointPass(Vae model, torch.Tensor items, HeldComponents? held)
    {
        Shape.RequireItems(items, model.ItemShape, nameof(items));
        (_model, _held, _prior) = (model, held, model.Prior as BoostedPrior);
        var open = _prior?.OpenInputs();
        torch.Tensor[] parts = [.. new[] { items, open, held?.Inputs }.OfType<torch.Tensor>()
            .Select(part => part.reshape([part.shape[0], .. items.shape[1..]]))];
        if (parts.Length == 1)
        {
            Posterior = model.EncodeOfChecked(items);
            return;
        }
        var all = EncodedComponents.Of(model.Encoder, torch.cat(parts));
        long[] sizes = [.. parts.Select(part => part.shape[0])];
        var (means, logVariances) = (all.Means.split(sizes), all.LogVariances.split(sizes));
        Posterior = new DiagonalNormal(means[0], logVariances[0]);
        if (held is not null)
            Now = new(means[^1], logVariances[^1]);
        if (open is not null)
            _prior!.Lent = new(means[1], logVariances[1]);
    }

    /// <summary>q(z|x) of the items.</summary>
    internal Posterior Posterior { get; }

    /// <summary>The encoder at what is held; null when nothing is.</summary>
    internal DiagonalComponents? Now { get; }

    /// <summary>The decoder at what is held, after <see cref="Decode"/>; null when nothing is.</summary>
    internal Likelihood? HeldDecoding { get; private set; }

    /// <summary>
    /// Whether the layers treat every row by itself, alike in training and evaluation, so that it does not matter which rows go together.
    /// </summary>
    internal static bool Suits(Vae model)
        => ItemwiseLayers.Parts(model.Encoder).All(ItemwiseLayers.IsItemwise)
            && ItemwiseLayers.Parts(model.Decoder).All(module => module is ObservationModel || ItemwiseLayers.IsItemwise(module));

    /// <summary>p(x|z), and at what is held beside it.</summary>
    /// <param name="z"><c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    internal Likelihood Decode(torch.Tensor z)
    {
        if (_held is null)
            return _model.DecodeOfChecked(z);
        var rows = z.reshape([-1, z.shape[^1]]);
        if (_model.DecodeOfChecked(torch.cat([rows, _held.Codes])) is not BernoulliLikelihood all)
        {
            HeldDecoding = _model.DecodeOfChecked(_held.Codes);
            return _model.DecodeOfChecked(z);
        }
        var item = all.Logits.shape[1..];
        var logits = all.Logits.split([rows.shape[0], _held.Codes.shape[0]]);
        HeldDecoding = new BernoulliLikelihood(logits[1], item.Length);
        return new BernoulliLikelihood(logits[0].reshape([.. z.shape[..^1], .. item]), item.Length);
    }

    /// <summary>Takes back what the prior was lent.</summary>
    public void Dispose()
    {
        if (_prior is not null)
            _prior.Lent = null;
    }
}
