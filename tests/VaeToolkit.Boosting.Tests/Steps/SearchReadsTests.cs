using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Steps;

/// <summary>
/// The optimiser steps of a component search read nothing, which on a GPU would wait for it. On <c>meta</c>, where tensors have no numbers,
/// any read ends it: the first that does is of the scores.
/// </summary>
public sealed class SearchReadsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(2);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Steps_read_nothing()
    {
        var asked = 0;
        var target = new DensityTarget(2, z =>
        {
            asked++;
            return -z.square().sum(-1);
        });
        using var candidates = new Candidates();
        var search = new ComponentSearch(target, new() { Steps = 20 });
        FluentActions.Invoking(() => search.Run(candidates, current: null, CancellationToken.None)).Should().Throw<ExternalException>();
        asked.Should().Be(21, "twenty steps, and the scores, which are read");
    }

    // Libtorch lacks what these take on meta, so their code is looked at.
    [Fact]
    public void Mixtures_read_once_how_exact_their_densities_are_and_components_nothing()
    {
        ReadsOf(typeof(NormalMixture), nameof(NormalMixture.LogDensity)).Should().Equal(
            // Of tensors on the CPU.
            "InverseScale.IsKnownOfAll: ToBoolean",
            "MixtureProducts.LosesDigits: ToDouble");
        foreach (var name in new[] { "Weighted", "Scale", nameof(FullComponents.Entropy) })
            ReadsOf(typeof(FullComponents), name).Should().BeEmpty();
        ReadsOf(typeof(NormalCandidates), nameof(NormalCandidates.Components)).Should().BeEmpty();
        ReadsOf(typeof(BoostingGuard), nameof(BoostingGuard.Normal)).Should().BeEmpty();
        ReadsOf(typeof(ComponentSearch), "Linearised").Should().Equal(
            "InverseScale.IsKnownOfAll: ToBoolean",
            "MixtureProducts.LosesDigits: ToDouble");
        ReadsOf(typeof(ComponentSearch), "Joined").Should().Equal(
            "InverseScale.IsKnownOfAll: ToBoolean",
            // In every step where there are more than sixteen restarts.
            "MixtureProducts.LosesDigits: ToDouble",
            "NetworkPosterior.Count: ToDouble",
            "RandomThresholds.Here: get_bytes");
    }

    [Fact]
    public void A_networks_posterior_reads_its_likelihood_once_a_pass()
        => ReadsOf(typeof(NetworkPosterior), nameof(NetworkPosterior.ExpectedLogDensity)).Should().Equal(
            // Of tensors on the CPU.
            "InverseScale.IsKnownOfAll: ToBoolean",
            "NetworkPosterior.Count: ToDouble",
            // Of images on the CPU.
            "RandomThresholds.Here: get_bytes");

    private static SortedSet<string> ReadsOf(Type type, string method)
        => new TorchCalls(typeof(BoostingStep).Assembly, typeof(Prior).Assembly).Reads(TorchCalls.Method(type, method));

    private sealed class Candidates : CandidateBatch
    {
        private readonly Parameter _means = new(torch.zeros([3, 2], device: torch.META));
        private readonly Parameter _logVariances = new(torch.zeros([3, 2], device: torch.META));

        public override IReadOnlyList<Parameter> Parameters => [_means, _logVariances];

        public override NormalComponents Components() => new DiagonalComponents(_means, _logVariances);
    }
}
