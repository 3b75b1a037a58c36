using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>Values outside a likelihood's support have no density: every LogProb refuses them, naming item and range.</summary>
public sealed class SupportTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string, double, string> Cases => new()
    {
        { "bernoulli", 255, "*Bernoulli pixels must be in [0, 1], these are in [0, 255]*" },
        { "bernoulli", -1e-3, "*Bernoulli pixels must be in [0, 1], these are in [-0.001*" },
        { "continuous", 1.5, "*continuous Bernoulli values must be in [0, 1], these are in [0, 1.5]*" },
        { "logistic", 2, "*discretised logistic pixels must be k / 255*these are in [0, 2]*" },
        { "logistic", 0.5 / 255, "*discretised logistic pixels must be k / 255*of a level away*" },
        { "mixture", -1, "*discretised logistic mixture pixels must be k / 255*[-1, 0]*" },
        { "categorical", 255, "*categorical pixels must be k / 255*[0, 255]*" },
        { "gaussian", double.PositiveInfinity, "x holds NaN or infinity in item 2*" },
        { "laplace", double.NaN, "x holds NaN or infinity in item 2*" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_outside_are_refused_by_item_and_range(string kind, double bad, string message)
    {
        var likelihood = Make(kind);
        var x = torch.zeros(4, 3);
        likelihood.LogProb(x).isfinite().all().ToBoolean().Should().BeTrue();
        x[2, 1] = bad;
        x[3, 0] = bad;
        var prefix = message[0] == '*' ? "item 2 of x is outside the likelihood's support: " : "";
        FluentActions.Invoking(() => likelihood.LogProb(x)).Should().Throw<ArgumentException>().WithMessage(prefix + message);
        if (likelihood is FactorisedLikelihood factorised)
            FluentActions.Invoking(() => factorised.LogProbByValue(x)).Should().Throw<ArgumentException>().WithMessage(prefix + message);
    }

    [Fact]
    public void Within_a_step_nothing_is_looked_at()
    {
        var (likelihood, x) = (Make("bernoulli"), torch.full([4, 3], 255f));
        using var batch = new Batch(x.alias());
        using (TrainingStep.Begin(batch))
            likelihood.LogProb(x).Values().Should().OnlyContain(value => Math.Abs(value + 3 * Math.Log(2)) < 1e-6, "x l is 0 for l = 0");
        FluentActions.Invoking(() => likelihood.LogProb(x)).Should().Throw<ArgumentException>();
    }

    private static Likelihood Make(string kind) => kind switch
    {
        "bernoulli" => new BernoulliLikelihood(torch.zeros(4, 3)),
        "continuous" => new ContinuousBernoulliLikelihood(torch.zeros(4, 3)),
        "logistic" => new DiscretisedLogisticLikelihood(torch.zeros(4, 3), torch.zeros(4, 3)),
        "mixture" => new DiscretisedLogisticMixtureLikelihood(torch.zeros(4, 2, 3), torch.zeros(4, 2, 3), torch.zeros(4, 2, 3)),
        "categorical" => new CategoricalLikelihood(torch.zeros(4, 256, 3)),
        "gaussian" => new GaussianLikelihood(torch.zeros(4, 3), 1),
        _ => new LaplaceLikelihood(torch.zeros(4, 3), 1),
    };
}
