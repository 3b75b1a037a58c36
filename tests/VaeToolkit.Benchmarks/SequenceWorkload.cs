using TorchSharp;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// The workload of <c>Peers/pytorch_sequences.py</c>: a VAE of random token sequences with a convolutional encoder and a decoder of gated
/// recurrent units. It prints the same lines.
/// </summary>
internal static class SequenceWorkload
{
    public const int Symbols = 30;
    public const int Length = 40;
    public const int Latents = 56;
    public const int Units = 256;
    public const int Embedding = 32;
    public const int Hidden = 196;

    public static void Run(SampleArguments arguments)
    {
        var seed = arguments.Number("--seed", 0, least: 0);
        using var scope = SeedScope.Begin(seed);
        using var rows = Rows(arguments.Number("--items", 2000));
        using var data = new SequenceData(rows);
        using var vae = new Vae(
            new SequenceEncoder(Symbols, Length, Latents, new() { Hidden = Hidden }),
            new RecurrentDecoder(
                Latents, Symbols, Length, new() { Hidden = Units, EmbeddingSize = Embedding, PlaceFeatures = 0, WordDropout = 0 }),
            new StandardNormalPrior(Latents));
        var options = new TrainingOptions
        {
            Epochs = arguments.Number("--epochs", 3),
            BatchSize = arguments.Number("--batch", 100),
            LearningRate = 1e-3,
            Seed = seed,
            PreFlight = false,
        };
        Trainer.Fit(vae, new Elbo(), data, validation: null, options, callbacks: [new EpochLine()]);
        EpochLine.PrintPeakMemory();
    }

    /// <summary>Rows of symbols drawn at random, each with its end.</summary>
    public static torch.Tensor Rows(int count)
    {
        using var scope = torch.NewDisposeScope();
        var symbols = torch.randint(TokenAlphabet.FirstSymbol, TokenAlphabet.FirstSymbol + Symbols, [count, Length - 1L], torch.int64);
        return torch.cat([symbols, torch.full([count, 1L], TokenAlphabet.End, torch.int64)], 1)
            .to(torch.float32).MoveToOuterDisposeScope();
    }
}
