using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>What holds for every likelihood inside a model.</summary>
public sealed class LikelihoodContractTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TemporaryFolder _folder = new();
    private readonly SeedScope _seed = SeedScope.Begin(11);

    public static TheoryData<string> Names
        => ["shared gaussian", "laplace", "learned laplace", "logistic", "logistic mixture", "categorical", "continuous bernoulli"];

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_are_frozen_and_weights_come_back_exactly(string name)
    {
        using var one = Model(name);
        using var other = Model(name);
        string[] own = name == "shared gaussian" ? ["decoder.likelihood.log_variance"] : [];
        one.state_dict().Keys.Where(key => key.StartsWith("decoder.", StringComparison.Ordinal))
            .Should().Equal(["decoder.trunk.fc1.weight", "decoder.trunk.fc1.bias", "decoder.head.weight", "decoder.head.bias", .. own]);
        one.SaveWeights(_folder["vae.safetensors"]);
        other.LoadWeights(_folder["vae.safetensors"]);
        var (x, z) = (Items(4), torch.randn([4L, 3L]));
        one.Decode(z).LogProb(x).Values().Should().Equal(other.Decode(z).LogProb(x).Values());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_reach_every_parameter_and_a_few_steps_leave_no_tensor_behind(string name)
    {
        using var vae = Model(name);
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-2);
        var objective = new Elbo();
        using var batch = new Batch(Items(16));
        var first = TrainingLoop.Step(vae, objective, batch, optimizer);
        vae.named_parameters().Should().OnlyContain(p => HasGradient(p.parameter));
        var before = Reference.LiveTensors();
        var last = first;
        for (var step = 0; step < 30; step++)
            last = TrainingLoop.Step(vae, objective, batch, optimizer);
        torch.Tensor.TotalCount.Should().Be(before);
        last.Loss.Should().BeLessThan(first.Loss);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Moving_to_double_and_back_changes_nothing_but_precision(string name)
    {
        using var vae = Model(name);
        var (x, z) = (Items(4), torch.randn([4L, 3L]));
        var before = vae.Decode(z).LogProb(x).Values();
        _ = vae.to(torch.float64);
        var inDouble = vae.Decode(z.@double()).LogProb(x.@double());
        inDouble.dtype.Should().Be(torch.float64);
        inDouble.Values().Zip(before).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-4 * (1 + Math.Abs(p.Second)));
        vae.Sample(2).dtype.Should().Be(torch.float64);
        _ = vae.to(torch.float32);
        vae.Decode(z).LogProb(x).Values().Should().Equal(before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    [InlineData("bernoulli")]
    [InlineData("learned gaussian")]
    public void Values_have_parts_that_add_up_and_each_is_that_value_alone(string name)
    {
        using var vae = Model(name);
        var (x, z) = (Items(4), torch.randn([4L, 3L]));
        var likelihood = (FactorisedLikelihood)vae.Decode(z);
        var parts = likelihood.LogProbByValue(x);
        parts.shape.Should().Equal(x.shape);
        likelihood.LogProbByValue(x.flatten(1)).Values().Should().Equal(parts.Values());
        parts.flatten(1).sum(1).Values().Zip(likelihood.LogProb(x).Values())
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-4 * (1 + Math.Abs(pair.Second)));

        // Another value there changes that part alone, by what it changes the whole.
        var other = x.clone();
        other.flatten(1).select(1, 5).copy_(Items(4).flatten(1).select(1, 2));
        var change = likelihood.LogProbByValue(other) - parts;
        change.flatten(1).sum(1).Values().Zip((likelihood.LogProb(other) - likelihood.LogProb(x)).Values())
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-3);
        change.flatten(1).select(1, 5).fill_(0);
        change.Values().Should().AllBeEquivalentTo(0.0);
        FluentActions.Invoking(() => ((FactorisedLikelihood)vae.Decode(torch.randn([5L, 4L, 3L]))).LogProbByValue(x))
            .Should().Throw<ArgumentException>().WithMessage("*[5, 4] latent vectors*");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Shapes_are_as_stated_and_samples_lie_in_the_support(string name)
    {
        using var vae = Model(name);
        var likelihood = vae.Decode(torch.randn([5L, 4L, 3L]));
        foreach (var tensor in new[] { likelihood.Mean, likelihood.Variance, likelihood.Sample() })
            tensor.shape.Should().Equal(5, 4, 2, 2, 3);
        likelihood.LogProb(Items(4)).shape.Should().Equal(5, 4);
        likelihood.LogProb(Items(4).flatten(1)).shape.Should().Equal(5, 4);
        likelihood.Sample().requires_grad.Should().BeFalse();
        likelihood.ExplainOutsideSupport(likelihood.Sample()).Should().BeNull();
        likelihood.ExplainOutsideSupport(Items(4)).Should().BeNull();
        likelihood.ExplainOutsideSupport(torch.full([4L, 12L], double.PositiveInfinity)).Should().NotBeNull();
        FluentActions.Invoking(() => likelihood.LogProb(torch.zeros([4L, 13L])))
            .Should().Throw<ArgumentException>().WithMessage("*[4, 13]*12 values*");
        FluentActions.Invoking(() => likelihood.LogProb(Items(3))).Should().Throw<ArgumentException>().WithMessage("*3 items*4*");
        vae.ToString().Should().Contain("[2, 2, 3]");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Items_of_whole_numbers_or_truth_values_are_the_same_items(string name)
    {
        using var vae = Model(name);
        var likelihood = vae.Decode(torch.randn([4L, 3L]));
        var bits = torch.randint(0, 2, [4L, 12L]);
        var right = likelihood.LogProb(bits.@float()).Values();
        foreach (var type in new[] { torch.int64, torch.uint8, torch.@bool })
        {
            likelihood.ExplainOutsideSupport(bits.to(type)).Should().BeNull();
            likelihood.LogProb(bits.to(type)).Values().Zip(right)
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * (1 + Math.Abs(p.Second)));
        }
        var others = likelihood.ExplainOutsideSupport(bits * 7 + 2);
        (others is null).Should().Be(name is "shared gaussian" or "laplace" or "learned laplace");
        likelihood.ExplainOutsideSupport(bits.to(torch.complex64)).Should().Contain("complex");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_have_the_stated_mean_and_variance_within_four_standard_errors(string name)
    {
        const long Count = 10_000;
        using var factory = Factory(name, [1]);
        foreach (var offset in new[] { -1.0, 0.0, 0.6 })
        {
            var raw = (torch.arange(0L, factory.ParametersPerValue, torch.float64).cos() + offset)
                .expand(Count, factory.ParametersPerValue);
            var likelihood = factory.forward(raw);
            var (mean, variance) = (likelihood.Mean.Values()[0], likelihood.Variance.Values()[0]);
            var draws = likelihood.Sample().Values();
            draws.Average().Should().BeApproximately(mean, 4 * Math.Sqrt(variance / Count));
            var squares = draws.Select(x => (x - mean) * (x - mean)).ToArray();
            var spread = Math.Sqrt(squares.Select(s => s * s).Average() - squares.Average() * squares.Average());
            squares.Average().Should().BeApproximately(variance, 4 * spread / Math.Sqrt(Count));
        }
    }

    private static bool HasGradient(torch.Tensor parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null && gradient.abs().sum().ToDouble() > 0;
    }

    private static torch.Tensor Items(long count) => torch.randint(0, 256, [count, 2L, 2L, 3L]).@float() / 255;

    private static Vae Model(string name)
        => new(new MlpEncoder(12, 3, [7]), new MlpDecoder(3, [5], Factory(name, [2, 2, 3])), new StandardNormalPrior(3));

    private static ObservationModel Factory(string name, IReadOnlyList<long> shape) => name switch
    {
        "shared gaussian" => ObservationModel.SharedGaussian(shape),
        "bernoulli" => ObservationModel.Bernoulli(shape),
        "learned gaussian" => ObservationModel.LearnedGaussian(shape),
        "laplace" => ObservationModel.Laplace(0.2, shape),
        "learned laplace" => ObservationModel.LearnedLaplace(shape),
        "logistic" => ObservationModel.DiscretisedLogistic(shape),
        "logistic mixture" => ObservationModel.DiscretisedLogisticMixture(3, shape),
        "categorical" => ObservationModel.Categorical(shape),
        _ => ObservationModel.ContinuousBernoulli(shape),
    };
}
