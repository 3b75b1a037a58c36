using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// A decoder of token sequences, p(x|z) = Π p(x_t | x_1 … x_{t−1}, z): given all tokens before, it says the next one's logits. Derive
/// from it to write one: <see cref="Logits"/> for whole sequences at once, as training needs them, and <see cref="Begin"/> and
/// <see cref="Advance"/> for one token after the other, as generation does. The two must agree.
/// </summary>
/// <param name="name">The module's name, usually <c>nameof</c> the class.</param>
public abstract class SequenceDecoder(string name) : Decoder(name)
{
    /// <summary>Number of symbols A of the alphabet.</summary>
    public abstract int SymbolCount { get; }

    /// <summary>The length L of a row: a sequence has at most L − 1 symbols, and its end.</summary>
    public abstract int Length { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<long> ItemShape => [Length];

    /// <summary>The logits of every token, given those before it (teacher forcing).</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c>.</param>
    /// <param name="previous">The tokens before each, <c>[N, T]</c>, int64, the first of them the start.</param>
    /// <returns><c>[N, T, A + 1]</c>: of the end, then of the symbols.</returns>
    public abstract torch.Tensor Logits(torch.Tensor z, torch.Tensor previous);

    /// <summary>What is known before the first token, in any form whose rows are the sequences.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c>.</param>
    /// <returns><c>[N, S]</c>.</returns>
    public abstract torch.Tensor Begin(torch.Tensor z);

    /// <summary>The logits of the next token.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c>.</param>
    /// <param name="state">What is known so far, <c>[N, S]</c>.</param>
    /// <param name="previous">The token before, <c>[N]</c>, int64.</param>
    /// <returns>Logits <c>[N, A + 1]</c> and the next state <c>[N, S]</c>.</returns>
    public abstract (torch.Tensor Logits, torch.Tensor State) Advance(torch.Tensor z, torch.Tensor state, torch.Tensor previous);

    /// <summary>p(x|z): a <see cref="SequenceLikelihood"/>.</summary>
    /// <param name="input">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size.</exception>
    public sealed override Likelihood forward(torch.Tensor input) => Given(input);

    /// <summary>As <see cref="forward"/>, in the type that decodes.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size.</exception>
    public SequenceLikelihood Given(torch.Tensor z) => new(this, z);
}
