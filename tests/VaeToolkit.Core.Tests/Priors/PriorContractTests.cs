using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Priors;

/// <summary>What holds for every prior inside a model.</summary>
public sealed class PriorContractTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TemporaryFolder _folder = new();
    private readonly SeedScope _seed = SeedScope.Begin(11);

    public static TheoryData<string> Names => ["normal", "mixture", "fixed mixture", "large mixture", "vamp", "weighted vamp", "flow"];

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("normal", "mean [3]", "log_variance [3]")]
    [InlineData("mixture", "means [5, 3]", "log_variances [5, 3]", "weight_logits [5]")]
    [InlineData("fixed mixture", "means [2, 3]", "log_variances [2, 3]", "weight_logits [2]")]
    [InlineData("vamp", "pseudo_inputs [4, 12]")]
    [InlineData("weighted vamp", "pseudo_inputs [20, 12]", "weight_logits [20]")]
    [InlineData(
        "flow", "coupling1.trunk.fc1.weight [8, 3]", "coupling1.trunk.fc1.bias [8]",
        "coupling1.head.weight [6, 8]", "coupling1.head.bias [6]",
        "coupling2.trunk.fc1.weight [8, 3]", "coupling2.trunk.fc1.bias [8]", "coupling2.head.weight [6, 8]", "coupling2.head.bias [6]")]
    public void Keys_of_saved_files_are_frozen(string name, params string[] keys)
    {
        using var vae = Model(name);
        vae.state_dict().Where(p => p.Key.StartsWith("prior.", StringComparison.Ordinal))
            .Select(p => $"{p.Key[6..]} {Shape.Text(p.Value)}").Should().Equal(keys);
        vae.state_dict().Keys.Count(key =>
            key.EndsWith("trunk.fc1.weight", StringComparison.Ordinal) && !key.StartsWith("prior.coupling", StringComparison.Ordinal))
            .Should().Be(2, "the encoder and the decoder are saved once each");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_reach_every_parameter_and_a_few_steps_leave_no_tensor_behind(string name)
    {
        using var vae = Model(name);
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-2);
        var objective = new Elbo();
        using var batch = new Batch(torch.rand([16L, 12L]).gt(0.5).@float());
        TrainingLoop.Step(vae, objective, batch, optimizer);
        var first = TrainingLoop.Step(vae, objective, batch, optimizer);
        vae.named_parameters().Should().OnlyContain(p => HasGradient(p.parameter));
        var before = Reference.LiveTensors();
        StepResult last = first;
        for (var step = 0; step < 30; step++)
            last = TrainingLoop.Step(vae, objective, batch, optimizer);
        torch.Tensor.TotalCount.Should().Be(before);
        last.Loss.Should().BeLessThan(first.Loss);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_come_back_exactly_and_give_the_same_density(string name)
    {
        using var one = Model(name);
        using var other = Model(name);
        one.SaveWeights(_folder["vae.safetensors"]);
        other.LoadWeights(_folder["vae.safetensors"]);
        var z = torch.randn([5L, 3L]);
        one.Prior.LogProb(z).Values().Should().Equal(other.Prior.LogProb(z).Values());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Moving_to_double_and_back_moves_every_part(string name)
    {
        using var vae = Model(name);
        var z = torch.randn([5L, 3L]);
        var before = vae.Prior.LogProb(z).Values();
        _ = vae.to(torch.float64);
        vae.Prior.Sample(2).dtype.Should().Be(torch.float64);
        var inDouble = vae.Prior.LogProb(z.@double());
        inDouble.dtype.Should().Be(torch.float64);
        inDouble.Values().Zip(before).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-4);
        _ = vae.to(torch.float32);
        vae.Prior.Sample(2).dtype.Should().Be(torch.float32);
        vae.Prior.LogProb(z).Values().Should().Equal(before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Shapes_and_ownership_are_as_stated(string name)
    {
        using var vae = Model(name);
        vae.Prior.LogProb(torch.randn([4L, 5L, 3L])).shape.Should().Equal(4, 5);
        vae.Prior.LogProb(torch.randn([2L, 4L, 5L, 3L])).shape.Should().Equal(2, 4, 5);
        vae.Prior.LogProb(torch.randn(3L)).shape.Should().BeEmpty();
        using (var inner = torch.NewDisposeScope())
        {
            var sample = vae.Prior.Sample(7);
            sample.shape.Should().Equal(7, 3);
            sample.requires_grad.Should().BeFalse();
            inner.DisposablesCount.Should().Be(1, "the intermediate tensors are gone");
        }
        FluentActions.Invoking(() => vae.Prior.LogProb(torch.zeros([2L, 4L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 4]*3*");
        FluentActions.Invoking(() => vae.Prior.Sample(0)).Should().Throw<ArgumentOutOfRangeException>();
        vae.Prior.ToString().Should().Contain("3");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_density_integrates_to_one_against_a_wide_normal(string name)
    {
        using var vae = Model(name);
        _ = vae.to(torch.float64);
        // Importance sampling from N(0, 4 I), whose tails are wider than those of all these priors.
        var z = torch.randn([200_000L, 3L], torch.float64) * 2;
        var logProposal = z.square().sum(-1) / -8 - 1.5 * Math.Log(2 * Math.PI * 4);
        using var noGradient = torch.no_grad();
        var weights = (vae.Prior.LogProb(z) - logProposal).exp();
        weights.mean().ToDouble().Should().BeApproximately(1, 5 * weights.std().ToDouble() / Math.Sqrt(200_000));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_follow_the_density(string name)
    {
        using var vae = Model(name);
        _ = vae.to(torch.float64);
        using var noGradient = torch.no_grad();
        // E_p[q(z)/p(z)] = 1 for every density q inside the support of p; q is narrow, so the weights are bounded.
        var z = vae.Prior.Sample(200_000);
        var logInner = z.square().sum(-1) / -0.5 - 1.5 * Math.Log(2 * Math.PI * 0.25);
        var weights = (logInner - vae.Prior.LogProb(z)).exp();
        weights.mean().ToDouble().Should().BeApproximately(1, 5 * weights.std().ToDouble() / Math.Sqrt(200_000));
    }

    private static bool HasGradient(torch.Tensor parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null && gradient.abs().sum().ToDouble() > 0;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Latent_vectors_that_are_no_numbers_are_refused_where_somebody_asks_for_their_density(string name)
    {
        using var vae = Model(name);
        using var noGradient = torch.no_grad();
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity })
        {
            var z = torch.zeros(4, 3);
            z[2, 1] = bad;
            FluentActions.Invoking(() => vae.Prior.LogProb(z)).Should().Throw<ArgumentException>()
                .WithMessage("z holds NaN or infinity in item 2, at [2, 1]*").WithParameterName("z");
            // What a model has drawn itself is known by what comes of it.
            vae.Prior.LogProbExplained(z).isfinite().Values().Should().Equal(1, 1, 0, 1);
        }
        FluentActions.Invoking(() => new StandardNormalPrior(3).LogProb(torch.full([2L, 3L], double.NaN)))
            .Should().Throw<ArgumentException>();
    }

    [Theory] // −½ (1 + 4 + log 2π · 2)
    [InlineData(torch.ScalarType.Int64)]
    [InlineData(torch.ScalarType.Byte)]
    [InlineData(torch.ScalarType.Float64)]
    public void A_density_of_whole_numbers_is_no_whole_number(torch.ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var z = torch.tensor([1, 2]).reshape(1, 2).to(type);
        var expected = -0.5 * (5 + 2 * Math.Log(2 * Math.PI));
        new StandardNormalPrior(2).LogProb(z).ToDouble().Should().BeApproximately(expected, 1e-6);
        new DiagonalNormal(torch.zeros(1, 2), torch.zeros(1, 2)).LogProb(z).ToDouble().Should().BeApproximately(expected, 1e-6);
        new DiagonalNormal(torch.zeros(1, 2), torch.zeros(1, 2)).LogProb(z.eq(2)).ToDouble().Should()
            .BeApproximately(-0.5 * (1 + 2 * Math.Log(2 * Math.PI)), 1e-6);
        foreach (var prior in new Prior[] { new StandardNormalPrior(2), new MixtureOfGaussiansPrior(2, 3), new RealNvpPrior(2) })
            FluentActions.Invoking(() => prior.LogProb(z.to(torch.complex64))).Should().ThrowExactly<ArgumentException>()
                .WithMessage("z is complex64; it must be of real numbers*");
    }

    [Fact]
    public void The_flow_names_latent_vectors_that_are_too_large_for_an_answer()
    {
        using var vae = Model("flow");
        using var noGradient = torch.no_grad();
        var z = torch.zeros(4, 3);
        z[3] = torch.tensor(new[] { 3e38f, -3e38f, 3e38f });
        foreach (var parameter in vae.Prior.parameters())
            parameter.normal_();
        FluentActions.Invoking(() => vae.Prior.LogProb(z)).Should().Throw<ArithmeticException>().WithMessage("the answer for item 3 of z*");
    }

    private static Vae Model(string name)
    {
        var encoder = new MlpEncoder(12, 3, [7]);
        return new Vae(encoder, new MlpDecoder(3, [5], ObservationModel.Bernoulli(12)), Prior(name, encoder));
    }

    private static Prior Prior(string name, Encoder encoder) => name switch
    {
        "normal" => new LearnedNormalPrior(3),
        "mixture" => new MixtureOfGaussiansPrior(3, 5),
        "fixed mixture" =>
            new MixtureOfGaussiansPrior(3, 2, new() { InitialWeights = [0.25, 0.75], LearnWeights = false, InitialSpread = 0.5 }),
        "large mixture" => new MixtureOfGaussiansPrior(3, 40, new() { InitialSpread = 0.5, InitialLogVariance = -0.3, LogVariance = null }),
        "vamp" => new VampPrior(encoder, [12], 4),
        "weighted vamp" => new VampPrior(encoder, [12], 20, new() { LearnWeights = true, KeepInRange = false }),
        _ => new RealNvpPrior(3, 2, [8]),
    };
}
