using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>What is neither a module nor an objective computes in the type and on the device of what it is given.</summary>
public sealed class PartDeviceTests
{
    private static readonly Dictionary<string, SegmentationLoss> s_losses = new()
    {
        ["Dice"] = SegmentationLoss.Dice(),
        ["generalised Dice"] = SegmentationLoss.Dice(
            new() { Generalised = true, PerVolume = true, SquaredDenominator = true, IncludeBackground = true }),
        ["cross-entropy"] = SegmentationLoss.CrossEntropy(),
        ["summed cross-entropy"] = SegmentationLoss.SummedCrossEntropy(),
        ["focal"] = SegmentationLoss.Focal(),
        ["Tversky"] = SegmentationLoss.Tversky(),
        ["Dice and cross-entropy"] = SegmentationLoss.DiceBce(),
    };

    /// <summary>Every loss at every place.</summary>
    public static TheoryData<string, string> Losses => Places.With(s_losses.Keys);

    /// <summary>The places.</summary>
    public static TheoryData<string> AllPlaces => [.. Places.Names];

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_segmentation_loss(string name, string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        foreach (var classes in new[] { 1L, 3L })
        {
            var logits = place.Centred(2, classes, 2, 3, 2).requires_grad_();
            place.Try(() =>
            {
                var loss = s_losses[name].Compute(logits, place.Classes(Math.Max(2, classes), 2, 2, 3, 2));
                loss.backward();
                RequireThere(place, loss, logits.grad!);
            });
        }
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Normal_components_and_their_mixtures(string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        foreach (var count in new[] { 3, 20 })
        {
            RequireThere(place, new DiagonalComponents(place.Centred(count, 2), place.Centred(count, 2)));
            RequireThere(place, new FullComponents(place.Centred(count, 2), place.Unit(count, 2, 2).tril()));
        }
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_target_of_boosting(string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        using var vae = place.Move(CoreEntries.SmallVae());
        using var optimal = new OptimalPrior(vae.Encoder, place.Unit(20, 6));
        var guard = new DensityTarget(2, points => points.square().sum(-1) * -0.5);
        BoostingTarget[] targets = [optimal, guard, .. ToyTarget.All];
        using (place.Enter())
            RequireThere(place, optimal.Sample(7));
        foreach (var target in targets)
            place.Try(() => RequireThere(place, target.LogDensity(place.Centred(5, 2))));
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_network_of_given_weights(string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        var network = new ClassifierNetwork([1, 8, 8], [2], [5], 3);
        var weights = network.InitialWeights(place.Device).to(place.Type).requires_grad_();
        place.Try(() =>
        {
            var logits = network.Logits(place.Unit(4, 1, 8, 8), weights);
            var noisy = network.SampleLogits(place.Unit(4, 1, 8, 8), weights, weights - 5);
            (logits.sum() + noisy.sum()).backward();
            RequireThere(place, weights, logits, noisy, weights.grad!);
        });
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void The_penalty_of_elastic_weights(string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        using var vae = place.Move(CoreEntries.SmallVae());
        using var strategy = new ElasticWeightConsolidation();
        var state = new Dictionary<string, torch.Tensor> { ["constant"] = place.Unit(1) };
        foreach (var (name, parameter) in vae.named_parameters())
        {
            state["fisher." + name] = torch.ones_like(parameter);
            state["anchor." + name] = torch.zeros_like(parameter);
        }
        using var entered = place.Enter();
        strategy.LoadState(state);
        var penalty = strategy.Penalty(vae)!;
        penalty.sum().backward();
        RequireThere(place, penalty);
    }

    [Fact]
    public void Every_loss_target_and_prior_of_kernels_is_tried()
    {
        RequireAll(typeof(SegmentationLoss), [.. s_losses.Values.Select(loss => loss.GetType())]);
        RequireAll(typeof(KernelPrior), typeof(GaussianKernelPrior), typeof(VaeKernelPrior));
        // A network's posterior counts the passes over its data by the likelihoods that it reads; its network is above.
        RequireAll(typeof(BoostingTarget), typeof(OptimalPrior), typeof(DensityTarget), typeof(ToyTarget), typeof(NetworkPosterior));
    }

    private static void RequireAll(Type kind, params Type[] tried) => Library.Uncovered(Library.Assemblies, kind, tried).Should().BeEmpty();

    private static void RequireThere(Place place, NormalComponents components) => place.Try(() =>
    {
        using var mixture = new NormalMixture(components, [.. Enumerable.Repeat(1.0 / components.Count, components.Count)]);
        var points = components.RSample(2).reshape(-1, 2).detach().requires_grad_();
        RequireThere(place, points, components.Entropy());
        var density = mixture.LogDensity(points);
        density.sum().backward();
        RequireThere(place, density, points.grad!);
    });

    private static void RequireThere(Place place, params torch.Tensor[] results)
        => results.Select(result => place.ExplainElsewhere(result, "a result")).Should().OnlyContain(finding => finding == null);
}
