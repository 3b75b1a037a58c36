using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>How far the Dirichlet prior's density, an average over a thousand points, is from the average over all weights.</summary>
internal static class PriorTask
{
    private const int Places = 200;
    private const int Chunk = 10_000;

    public static void Run(bool quick, long seed)
    {
        using var random = SeedScope.Begin(seed);
        foreach (var archetypes in new[] { 3, 5 })
        {
            foreach (var noise in new[] { 1.0, 0.3, 0.1 })
            {
                using var scope = torch.NewDisposeScope();
                using var prior = new DirichletPrior(archetypes, new() { NoiseScale = noise });
                prior.to(torch.float64);
                var weights = DirichletWeights.Draw(Places, archetypes);
                var vertices = torch.tensor(prior.Simplex.Vertices());
                var at = weights.mm(vertices);
                at = at + (torch.randn_like(at) * noise);
                var error = (prior.LogProb(at) - Averaged(at, vertices, noise, quick ? 2 : 100)).abs().mean().ToDouble();
                SampleResult.Print(FormattableString.Invariant($"prior_error_k{archetypes}_noise{noise}"), error, "nats", "F4");
            }
        }
    }

    private static torch.Tensor Averaged(torch.Tensor at, torch.Tensor vertices, double noise, int chunks)
    {
        var sums = new List<torch.Tensor>();
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            using var scope = torch.NewDisposeScope();
            var centres = DirichletWeights.Draw(Chunk, (int)vertices.shape[0]).mm(vertices);
            sums.Add((torch.cdist(at, centres).square() * (-0.5 / (noise * noise))).logsumexp(-1).MoveToOuterDisposeScope());
        }
        return torch.stack([.. sums]).logsumexp(0) - Math.Log((double)chunks * Chunk)
            - (vertices.shape[1] * 0.5 * Math.Log(2 * Math.PI * noise * noise));
    }
}
