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
    private static readonly TorchCalls s_calls = new(typeof(BoostingStep).Assembly, typeof(Prior).Assembly);

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
        ReadsOf(typeof(FullComponents), nameof(FullComponents.OwnLogDensities)).Should().BeEmpty();
        ReadsOf(typeof(DiagonalComponents), nameof(DiagonalComponents.OwnLogDensities)).Should().Equal(
            "InverseScale.IsKnownOfAll: ToBoolean");
        ReadsOf(typeof(NormalCandidates), nameof(NormalCandidates.Components)).Should().BeEmpty();
        ReadsOf(typeof(BoostingGuard), nameof(BoostingGuard.Normal)).Should().BeEmpty();
        ReadsOf(typeof(ComponentSearch), "Linearised").Should().Equal(
            "InverseScale.IsKnownOfAll: ToBoolean",
            "MixtureProducts.LosesDigits: ToDouble");
        ReadsOf(typeof(ComponentSearch), "Joined").Should().Equal(
            "InverseScale.IsKnownOfAll: ToBoolean",
            "MixtureProducts.LosesDigits: ToDouble",
            "NetworkPosterior.Count: ToDouble",
            "RandomThresholds.Here: get_bytes");
    }

    // Between all restarts and the points of all, a mixture of more than 16 would be asked in each step how exact its densities are.
    [Fact]
    public void A_refinement_asks_each_restart_for_the_density_of_its_own_points_alone()
    {
        using var current = new NormalMixture(new DiagonalComponents(torch.zeros(1, 2), torch.zeros(1, 2)), [1]);
        using var candidates = new Restarts();
        var search = new ComponentSearch(ToyTarget.TwoModes, new() { Steps = 2, RefinementSteps = 3, SamplesPerStep = 4 });
        search.Run(candidates, current, CancellationToken.None).Should().HaveCount(20).And.OnlyContain(score => double.IsFinite(score));
        candidates.Asked.Should().Be(3, "each of three refining steps asks once");
    }

    [Fact]
    public void Steps_send_nothing_but_a_networks_data()
    {
        SendsOf(typeof(ComponentSearch), "Linearised").Should().BeEmpty();
        SendsOf(typeof(ComponentSearch), "Joined").Should().Equal(
            // A network's posterior takes batches of its data, as training does.
            "AugmentedData.Extended: tensor",
            "ItemStore.IndexTensor: tensor",
            "PinnedCopy.To: pin_memory",
            "PinnedCopy.To: to");
        // On the CPU alone.
        SendsOf(typeof(ToyTarget), "Mixture").Should().Equal("ToyTarget.Filled: tensor");
    }

    [Fact]
    public void A_networks_posterior_reads_its_likelihood_once_a_pass()
        => ReadsOf(typeof(NetworkPosterior), nameof(NetworkPosterior.ExpectedLogDensity)).Should().Equal(
            // Of tensors on the CPU.
            "InverseScale.IsKnownOfAll: ToBoolean",
            "NetworkPosterior.Count: ToDouble",
            // Of images on the CPU.
            "RandomThresholds.Here: get_bytes");

    private static SortedSet<string> ReadsOf(Type type, string method) => s_calls.Reads(TorchCalls.Method(type, method));

    private static SortedSet<string> SendsOf(Type type, string method) => s_calls.Sends(TorchCalls.Method(type, method));

    private sealed class Restarts : CandidateBatch
    {
        private readonly Parameter _means = new(torch.randn(20, 2));

        public int Asked { get; set; }

        public override IReadOnlyList<Parameter> Parameters => [_means];

        public override NormalComponents Components() => new OwnAlone(this, _means);
    }

    // Of unit variance.
    private sealed class OwnAlone(Restarts home, torch.Tensor means) : NormalComponents(means)
    {
        internal override torch.Tensor[] Parts => [Means];

        public override torch.Tensor Entropy() => torch.full(Count, 0.5 * Size * (1 + LogTwoPi));

        internal override torch.Tensor OwnLogDensities(torch.Tensor points)
        {
            home.Asked++;
            return (points - Means.unsqueeze(1)).square().sum(-1) * -0.5 - 0.5 * Size * LogTwoPi;
        }

        private protected override NormalComponents Make(torch.Tensor[] parts) => new OwnAlone(home, parts[0]);

        private protected override torch.Tensor Scale(torch.Tensor noise) => noise;

        private protected override torch.Tensor Weighted(torch.Tensor points, torch.Tensor logWeights)
            => throw new InvalidOperationException("all points under all components");
    }

    private sealed class Candidates : CandidateBatch
    {
        private readonly Parameter _means = new(torch.zeros([3, 2], device: torch.META));
        private readonly Parameter _logVariances = new(torch.zeros([3, 2], device: torch.META));

        public override IReadOnlyList<Parameter> Parameters => [_means, _logVariances];

        public override NormalComponents Components() => new DiagonalComponents(_means, _logVariances);
    }
}
