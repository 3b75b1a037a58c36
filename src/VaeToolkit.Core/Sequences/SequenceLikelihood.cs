using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The likelihood of token sequences given latent vectors, log p(x|z) = Σ_t log p(x_t | x_1 … x_{t−1}, z) over the symbols and the
/// end, exact under teacher forcing. Padding has no term. A row of L tokens ends at its last place at the latest, so the probabilities of
/// all sequences of at most L − 1 symbols add up to 1.
/// </summary>
public sealed class SequenceLikelihood : Likelihood
{
    private const double LowestTemperature = 1e-30;

    private readonly SequenceDecoder _decoder;
    private readonly LatentBatch _latents;

    /// <summary>Makes the likelihood; <see cref="SequenceDecoder.Given"/> does so.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size.</exception>
    public SequenceLikelihood(SequenceDecoder decoder, torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        _decoder = decoder;
        _latents = new LatentBatch(z, decoder.LatentSize, nameof(z));
        Items = z.shape[^2];
    }

    /// <summary>Greedy decoding, in place of a mean, which token numbers have not: at every place the most probable token.</summary>
    public override torch.Tensor Mean => Greedy().Rows;

    /// <summary>Token numbers have no variance.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override torch.Tensor Variance => throw new NotSupportedException("token numbers have no variance");

    private long Items { get; }

    /// <summary>log p(x|z) in nats. While the decoder is in training mode, word dropout hides some of the tokens before.</summary>
    /// <param name="x">Rows of tokens <c>[N, T]</c> of any length: padding may be cut off or added.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException">There is another number of rows, or one is no sequence of the decoder's alphabet and
    /// length.</exception>
    public override torch.Tensor LogProb(torch.Tensor x)
    {
        RequireRows(x);
        if (!TrainingStep.IsComputed && x.device_type != DeviceType.META && ExplainOutsideSupport(x) is { } fault)
            throw new ArgumentException(fault, nameof(x));
        return LogProbOfChecked(x);
    }

    /// <inheritdoc/>
    public override torch.Tensor LogProbOfChecked(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return LogProbOfChecked(x, TrainingStep.LongestOf(x));
    }

    /// <summary>
    /// The same of sequences of which it is known how long they are at most: what follows is not computed, and to find it tokens on a GPU
    /// need not be read, which would wait for it. On the CPU they are.
    /// </summary>
    /// <param name="x">Rows of tokens <c>[N, T]</c>.</param>
    /// <param name="longest">How many tokens the longest has at most, its end among them, such as <see cref="Batch.LongestSequence"/>; null
    /// where nobody has told.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException">There is another number of rows.</exception>
    public torch.Tensor LogProbOfChecked(torch.Tensor x, int? longest)
    {
        RequireRows(x);
        LookIfNobodyHas(x, nameof(x));
        return EngineError.In(
            x, () => $"the log-likelihood {nameof(SequenceLikelihood)}", () => TeacherForced(TokenRows.Trimmed(x, longest)));
    }

    /// <summary>The terms of <see cref="LogProb"/>: log p(x_t | x_1 … x_{t−1}, z) of every token, 0 for padding.</summary>
    /// <param name="x">Rows of tokens <c>[N, T]</c>.</param>
    /// <returns><c>[N, T]</c> or <c>[K, N, T]</c>, in nats.</returns>
    /// <exception cref="ArgumentException">As of <see cref="LogProb"/>.</exception>
    public torch.Tensor LogProbByToken(torch.Tensor x)
    {
        RequireRows(x);
        return ExplainOutsideSupport(x) is { } fault
            ? throw new ArgumentException(fault, nameof(x))
            : _latents.Restore(ByToken(x.to(torch.int64)), x.shape[1]);
    }

    /// <summary>Draws x from p(x|z), one row for every z: <c>[N, L]</c> or <c>[K, N, L]</c>.</summary>
    public override torch.Tensor Sample() => Draw().Rows;

    /// <summary>Draws a sequence for every latent vector.</summary>
    /// <param name="temperature">What logits are divided by before drawing, above 0; 1 draws from p(x|z). The log-probability is always
    /// that of p(x|z).</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not a positive number.</exception>
    public DecodedSequences Draw(double temperature = 1)
    {
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "the temperature must be a number above 0");
        // From the highest down, so that a low temperature has nothing to overflow; float32 has no lower one.
        var divisor = Math.Max(temperature, LowestTemperature);
        return Generate(logits => ((logits - logits.amax([-1L], keepdim: true)) / divisor).softmax(-1)
            .multinomial(1, generator: NoiseSource.OfThisThread).squeeze(-1));
    }

    /// <summary>Takes the most probable token at every place.</summary>
    public DecodedSequences Greedy() => Generate(logits => logits.argmax(-1));

    /// <summary>
    /// Beam search: keeps the most probable beginnings of every sequence, and gives the most probable sequence that it has found. A
    /// width of 1 is greedy decoding; as many as there are sequences finds the most probable of all.
    /// </summary>
    /// <param name="width">How many beginnings are kept, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> is below 1.</exception>
    public DecodedSequences Beam(int width)
    {
        Shape.RequirePositive(width, "the width of the beam", nameof(width));
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return Shaped(new BeamSearch(_decoder, _latents.Rows, width).Run());
    }

    /// <inheritdoc/>
    public override string? ExplainOutsideSupport(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return TokenRows.Explain(x, _decoder.SymbolCount, _decoder.Length);
    }

    /// <summary>The number of symbols and the length.</summary>
    public override string ToString()
        => $"{nameof(SequenceLikelihood)} of at most {_decoder.Length - 1} of {_decoder.SymbolCount} symbols";

    private torch.Tensor TeacherForced(torch.Tensor tokens) => _latents.Restore(ItemSum.Of(ByToken(tokens)));

    private torch.Tensor ByToken(torch.Tensor tokens)
    {
        var (rows, length) = (_latents.Rows.shape[0], tokens.shape[1]);
        var all = rows == tokens.shape[0] ? tokens : tokens.repeat(rows / tokens.shape[0], 1);
        // Beyond the longest sequence that the decoder makes there is only padding; its last place can only be the end.
        var places = Math.Min(length, _decoder.Length - 1);
        var known = all.narrow(1, 0, places);
        var logits = _decoder.Logits(_latents.Rows, TokenRows.Previous(known));
        var terms = logits.log_softmax(-1).gather(-1, (known - TokenAlphabet.End).clamp_min(0).unsqueeze(-1)).squeeze(-1);
        terms = terms.masked_fill(known == TokenAlphabet.Padding, 0);
        return places == length ? terms : torch.nn.functional.pad(terms, [0, length - places]);
    }

    private DecodedSequences Generate(Func<torch.Tensor, torch.Tensor> choose)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return Shaped(SequenceGeneration.Run(_decoder, _latents.Rows, choose));
    }

    // Token numbers in the type of the weights, as rows of data have them. Of probabilities that are NaN some token is the first.
    private DecodedSequences Shaped((torch.Tensor Rows, torch.Tensor LogProb) made) => new(
        _latents.Restore(made.Rows.to(_latents.Rows.dtype), _decoder.Length).alias().MoveToOuterDisposeScope(),
        Answers(_latents.Restore(made.LogProb)).alias().MoveToOuterDisposeScope());

    private static torch.Tensor Answers(torch.Tensor logProb)
        => Shape.RequireAnswers(logProb, (int)logProb.Dimensions - 1, "the latent vectors");

    private void RequireRows(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Dimensions != 2 || x.shape[0] != Items || x.shape[1] == 0)
            throw new ArgumentException($"x has shape {Shape.Text(x)}; it must be rows of tokens [{Items}, T]", nameof(x));
    }
}
