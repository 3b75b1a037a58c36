using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Contracts;

/// <summary>Every objective × prior × likelihood × encoder family goes through one contract.</summary>
public sealed class FamilyContractTests : IDisposable
{
    private static readonly Dictionary<string, Func<Encoder, Prior>> s_priors = new()
    {
        ["standard"] = _ => new StandardNormalPrior(3),
        ["learned"] = _ => new LearnedNormalPrior(3),
        ["mixture"] = _ => new MixtureOfGaussiansPrior(3, components: 20),
        ["vamp"] = encoder => new VampPrior(encoder, [1, 8, 8], components: 4),
        ["flow"] = _ => new RealNvpPrior(3, couplingLayers: 4, hidden: [6]),
    };

    private static readonly Dictionary<string, Func<ObservationModel>> s_likelihoods = new()
    {
        ["bernoulli"] = () => ObservationModel.Bernoulli(1, 8, 8),
        ["gaussian"] = () => ObservationModel.Gaussian(0.1, 1, 8, 8),
        ["shared gaussian"] = () => ObservationModel.SharedGaussian(1, 8, 8),
        ["learned gaussian"] = () => ObservationModel.LearnedGaussian(1, 8, 8),
        ["laplace"] = () => ObservationModel.Laplace(0.2, 1, 8, 8),
        ["learned laplace"] = () => ObservationModel.LearnedLaplace(1, 8, 8),
        ["logistic"] = () => ObservationModel.DiscretisedLogistic(1, 8, 8),
        ["categorical"] = () => ObservationModel.Categorical(1, 8, 8),
        ["continuous bernoulli"] = () => ObservationModel.ContinuousBernoulli(1, 8, 8),
    };

    private static readonly Dictionary<string, Func<Objective<Vae>>> s_objectives = new()
    {
        ["elbo"] = () => new Elbo(),
        ["sampled elbo"] = () => new Elbo(new() { Kl = KlEstimator.Sampled, Samples = 2, Beta = BetaWeight.OnReconstruction(2) }),
        ["capacity"] = () => new Elbo(new() { Capacity = new KlCapacity(5, 10) }),
        ["iwae"] = () => new Iwae(3),
        ["dreg in chunks"] = () => new Iwae(3, new() { Estimator = GradientEstimator.DoublyReparameterised, ChunkSize = 2, Groups = 2 }),
        ["sticking"] = () => new Iwae(1, new() { Estimator = GradientEstimator.StickingTheLanding }),
        ["geco"] = () => new Geco(new() { Constraints = [ReconstructionConstraint.NegativeLogLikelihoodPerPixel(0.1)] }),
        ["geco iwae"] = () => new GecoIwae(3, new() { Constraints = [ReconstructionConstraint.NegativeLogLikelihoodPerItem(10)] }),
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(11);
    private readonly TemporaryFolder _folder = new();

    /// <summary>Every pair of an encoder, a prior and a likelihood: the encoders take turns.</summary>
    public static TheoryData<string, string, string> Families()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var (p, prior) in s_priors.Keys.Index())
        {
            foreach (var (l, likelihood) in s_likelihoods.Keys.Index())
                cases.Add((p + l) % 2 == 0 ? "mlp" : "conv", prior, likelihood);
        }
        return cases;
    }

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_objective_trains_every_family(string encoder, string prior, string likelihood)
    {
        using var vae = Model(encoder, prior, likelihood);
        using var batch = Pictures();
        foreach (var (name, create) in s_objectives)
        {
            vae.train();
            vae.zero_grad();
            var first = LossAndTerms(create(), vae, batch, backward: true);
            first.Should().OnlyContain(value => double.IsFinite(value), name);
            WithoutGradient(vae).Should().BeEmpty("{0} reaches every parameter", name);
            vae.eval();
            LossAndTerms(create(), vae, batch).Should().Equal(
                first, "{0} is deterministic under a seed and has no part that behaves otherwise in evaluation", name);
            create().ToString().Should().NotStartWith("VaeToolkit.", "{0} says what it is", name);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_is_saved_moved_and_trained_without_leaving_tensors(string encoder, string prior, string likelihood)
    {
        using var vae = Model(encoder, prior, likelihood);
        using var other = Model(encoder, prior, likelihood);
        using var batch = Pictures();
        vae.SaveWeights(_folder["vae.safetensors"]);
        other.LoadWeights(_folder["vae.safetensors"]);
        Loss(other).Should().Be(Loss(vae));
        vae.Sample(2).shape.Should().Equal(2, 1, 8, 8);
        vae.Reconstruct(batch.Items).shape.Should().Equal(3, 1, 8, 8);
        vae.ToString().Should().Contain("encoder").And.Contain("decoder").And.Contain("prior").And.NotContain("TorchSharp");

        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        foreach (var create in s_objectives.Values)
        {
            var objective = create();
            TrainingLoop.Step(vae, objective, batch, optimizer);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            TrainingLoop.Step(vae, objective, batch, optimizer);
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        }

        vae.to(torch.float64).Sample(2).dtype.Should().Be(torch.float64, "every part moves");

        double Loss(Vae model)
        {
            using var seed = SeedScope.Begin(1);
            return new Elbo().Compute(model, batch).Loss.ToDouble();
        }
    }

    private static double[] LossAndTerms(Objective<Vae> objective, Vae vae, Batch batch, bool backward = false)
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(5);
        var result = objective.Compute(vae, batch);
        if (backward)
            result.Loss.backward();
        return [result.Loss.ToDouble(), .. result.Terms.Select(t => t.Read())];
    }

    // A doubly reparameterised gradient of a chunk, a clamp at its end or a dead unit may be zero, but it must be there.
    private static List<string> WithoutGradient(Vae vae)
    {
        using var scope = torch.NewDisposeScope();
        return [.. vae.named_parameters()
            .Where(p => p.parameter.grad is not { } gradient || !gradient.isfinite().all().ToBoolean()).Select(p => p.name)];
    }

    private static Vae Model(string encoderFamily, string prior, string likelihood)
    {
        Encoder encoder = encoderFamily == "mlp" ? new MlpEncoder(64, 3, [8]) : new ConvEncoder([1, 8, 8], 3, [2, 3], 8);
        Decoder decoder = encoderFamily == "mlp" ? new MlpDecoder(3, [8], s_likelihoods[likelihood]())
            : new ConvDecoder(3, s_likelihoods[likelihood](), [2, 3], 8);
        return new(encoder, decoder, s_priors[prior](encoder));
    }

    // Levels of a byte, so that every likelihood's support holds them.
    private static Batch Pictures()
    {
        using var levels = torch.rand(3, 1, 8, 8).mul(255).floor().div(255);
        return new(levels.clone());
    }
}
