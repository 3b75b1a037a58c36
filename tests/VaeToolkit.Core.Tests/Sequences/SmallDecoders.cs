using TorchSharp;

namespace VaeToolkit.Tests.Sequences;

/// <summary>Small decoders in float64, and all sequences that they can make.</summary>
internal static class SmallDecoders
{
    public const int Symbols = 2;
    public const int Length = 4;

    public static readonly Dictionary<string, RecurrentDecoderOptions> Options = new()
    {
        ["one layer"] = new() { Hidden = 5, EmbeddingSize = 3, PlaceFeatures = 0 },
        ["places see the latents"] = new() { Hidden = 5, EmbeddingSize = 3, PlaceFeatures = 2 },
        ["two layers"] = new() { Hidden = 4, Layers = 2, EmbeddingSize = 3, PlaceFeatures = 2 },
    };

    public static TheoryData<string> Names => [.. Options.Keys];

    /// <summary>A decoder of two latent features with weights large enough that tokens matter.</summary>
    public static RecurrentDecoder Make(string name, int length = Length)
    {
        torch.manual_seed(3);
        var decoder = new RecurrentDecoder(2, Symbols, length, Options[name]);
        decoder.to(torch.float64);
        using var noGradient = torch.no_grad();
        foreach (var parameter in decoder.parameters())
            parameter.mul_(3);
        decoder.eval();
        return decoder;
    }

    /// <summary>Latent vectors <c>[N, 2]</c>.</summary>
    public static torch.Tensor Latents(int count) => torch.arange(2.0 * count, dtype: torch.float64).reshape(count, 2).sin() * 2;

    /// <summary>Every sequence of at most L − 1 symbols, <c>[15, L]</c> for two symbols and L = 4.</summary>
    public static torch.Tensor All()
    {
        List<double[]> beginnings = [[]], rows = [];
        for (var length = 0; length < Length; length++)
        {
            rows.AddRange(beginnings.Select(beginning => (double[])[.. beginning, TokenAlphabet.End, .. new double[Length - length - 1]]));
            beginnings = [.. beginnings.SelectMany(beginning => Enumerable.Range(TokenAlphabet.FirstSymbol, Symbols)
                .Select(symbol => (double[])[.. beginning, symbol]))];
        }
        return torch.tensor(rows.SelectMany(row => row).ToArray()).reshape(rows.Count, Length);
    }

    /// <summary>log p(x|z) of every sequence for one latent vector.</summary>
    public static double[] LogProbabilities(RecurrentDecoder decoder, torch.Tensor z)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var rows = All();
        return decoder.Given(z.expand(rows.shape[0], -1)).LogProb(rows).Values();
    }
}
