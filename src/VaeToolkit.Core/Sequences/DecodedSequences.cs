using TorchSharp;

namespace VaeToolkit;

/// <summary>Sequences that a <see cref="SequenceLikelihood"/> has made, one for every latent vector.</summary>
/// <param name="Rows">Rows of token numbers, <c>[N, L]</c> or <c>[K, N, L]</c>, as <see cref="TokenAlphabet.Texts"/> reads them.</param>
/// <param name="LogProb">Their log-probability log p(x|z) in nats, <c>[N]</c> or <c>[K, N]</c>: what
/// <see cref="Likelihood.LogProb"/> gives for them.</param>
public sealed record DecodedSequences(torch.Tensor Rows, torch.Tensor LogProb)
{
    /// <summary>How many sequences of which length.</summary>
    public override string ToString() => $"{nameof(DecodedSequences)}: rows {Shape.Text(Rows)}";
}
