using TorchSharp;

namespace VaeToolkit.Molecules.Tests.Sequences;

/// <summary>A decoder of sequences written with Core's public API alone has its likelihood, drawing and beam search.</summary>
public sealed class OwnDecoderTests
{
    [Fact]
    public void A_chain_of_pairs_has_the_probabilities_that_its_table_says()
    {
        using var scope = torch.NewDisposeScope();
        using var decoder = new Pairs();
        var z = torch.tensor(new[,] { { 0.5 }, { -1.0 } });
        var rows = torch.tensor(new[,] { { 3.0, 4, 3, 2, 0 }, { 2.0, 0, 0, 0, 0 } });
        var expected = new double[2];
        int[][] paths = [[1, 3, 4, 3, 2], [1, 2]];
        for (var item = 0; item < 2; item++)
        {
            foreach (var (before, after) in paths[item].Zip(paths[item].Skip(1)))
            {
                var logits = Enumerable.Range(0, 3).Select(c => Math.Sin(before + (2 * c)) * z[item, 0].ToDouble()).ToArray();
                expected[item] += logits[after - TokenAlphabet.End] - Math.Log(logits.Sum(Math.Exp));
            }
        }
        var likelihood = decoder.Given(z);
        foreach (var (one, other) in likelihood.LogProb(rows).Values().Zip(expected))
            one.Should().BeApproximately(other, 1e-12);
        foreach (var made in new[] { likelihood.Greedy(), likelihood.Draw(), likelihood.Beam(4) })
        {
            foreach (var (one, other) in made.LogProb.Values().Zip(likelihood.LogProb(made.Rows).Values()))
                one.Should().BeApproximately(other, 1e-12);
        }
        z.Values().Should().Equal([0.5, -1], "a decoder may give back its arguments as its state");
    }

    // Logits sin(token before + 2 class) z; its state is the latent vector itself.
    private sealed class Pairs() : SequenceDecoder(nameof(Pairs))
    {
        public override long LatentSize => 1;

        public override int SymbolCount => 2;

        public override int Length => 5;

        public override torch.Tensor Logits(torch.Tensor z, torch.Tensor previous)
            => (previous.unsqueeze(-1).to(z.dtype) + (torch.arange(3, dtype: z.dtype) * 2)).sin() * z.unsqueeze(1);

        public override torch.Tensor Begin(torch.Tensor z) => z;

        public override (torch.Tensor Logits, torch.Tensor State) Advance(torch.Tensor z, torch.Tensor state, torch.Tensor previous)
            => (Logits(z, previous.unsqueeze(1)).squeeze(1), state);
    }
}
