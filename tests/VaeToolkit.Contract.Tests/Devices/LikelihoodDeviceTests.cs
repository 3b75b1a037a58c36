using TorchSharp;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>Distributions compute and draw in the type and on the device of their parameters.</summary>
public sealed class LikelihoodDeviceTests
{
    private static readonly Dictionary<string, (Func<Place, long[], Likelihood> Make, Func<Place, torch.Tensor> Items)> s_likelihoods
        = new()
        {
            ["Bernoulli"] = ((place, leading) => new BernoulliLikelihood(place.Centred([.. leading, 6])), Levels),
            ["Bernoulli pictures"] = ((place, leading) =>
                new BernoulliLikelihood(place.Centred([.. leading, 1, 3, 2]), itemRank: 3), Levels),
            ["continuous Bernoulli"] = ((place, leading) => new ContinuousBernoulliLikelihood(place.Centred([.. leading, 6])), Levels),
            ["discretised logistic"]
            = ((place, leading) => new DiscretisedLogisticLikelihood(place.Unit([.. leading, 6]), place.Centred([.. leading, 6])), Levels),
            ["discretised logistic mixture"] = ((place, leading) => new DiscretisedLogisticMixtureLikelihood(
                place.Centred([.. leading, 2, 6]), place.Unit([.. leading, 2, 6]), place.Centred([.. leading, 2, 6])), Levels),
            ["categorical"] = ((place, leading) => new CategoricalLikelihood(place.Centred([.. leading, 256, 6])), Levels),
            ["Gaussian of fixed variance"] = ((place, leading) => new GaussianLikelihood(place.Unit([.. leading, 6]), 0.5), Levels),
            ["Gaussian of shared variance"] = ((place, leading) =>
                new GaussianLikelihood(place.Unit([.. leading, 6]), place.Unit(1)), Levels),
            ["Gaussian"] = ((place, leading) =>
                new GaussianLikelihood(place.Unit([.. leading, 6]), place.Centred([.. leading, 6])), Levels),
            ["Laplace of fixed scale"] = ((place, leading) => new LaplaceLikelihood(place.Unit([.. leading, 6]), 0.5), Levels),
            ["Laplace"] = ((place, leading) => new LaplaceLikelihood(place.Unit([.. leading, 6]), place.Centred([.. leading, 6])), Levels),
            ["classes"] = ((place, leading) => new ClassDistribution(place.Centred([.. leading, 3])), place => place.OneHot(4, 3)),
            ["fields"] = ((place, leading) => new FieldLikelihood(
                place.Unit([.. leading, 1, 12, 12]), place.Unit(12, 12), place.Centred(1)), place => place.Levels(4, 2, 12, 12)),
            ["covariates"] = (Covariates, Patients),
            ["sequences"] = (Sequences, SequenceEntries.Rows),
        };

    /// <summary>Every likelihood at every place.</summary>
    public static TheoryData<string, string> Likelihoods => Places.With(s_likelihoods.Keys);

    /// <summary>The places.</summary>
    public static TheoryData<string> AllPlaces => [.. Places.Names];

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void A_likelihood_weighs_and_draws_in_its_own_type_on_its_own_device(string name, string at)
    {
        var (place, (make, items)) = (Places.Find(at), s_likelihoods[name]);
        using var scope = torch.NewDisposeScope();
        foreach (var leading in new long[][] { [4], [2, 4] })
        {
            var (likelihood, x) = (make(place, leading), items(place));
            place.Try(() => RequireThere(place, leading, likelihood.LogProb(x)));
            place.Try(() => RequireThere(place, likelihood.Mean.shape, likelihood.Mean));
            if (likelihood is not SequenceLikelihood)
                place.Try(() => RequireThere(place, likelihood.Mean.shape, likelihood.Variance));
            place.Try(() => RequireThere(place, likelihood.Mean.shape, likelihood.Sample()));
        }
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_posterior_does_so_too(string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        var posterior = new DiagonalNormal(place.Centred(4, 2), place.Centred(4, 2));
        using var entered = place.Enter();
        var (sample, logProb) = posterior.RSampleAndLogProb(3);
        RequireThere(place, [3, 4], logProb, posterior.LogProb(sample));
        RequireThere(place, [3, 4, 2], sample, posterior.Reparameterise(sample));
        RequireThere(place, [4], posterior.Entropy(), posterior.KlToStandardNormal(), posterior.KlTo(posterior));
        RequireThere(place, [4, 2], posterior.Mean, posterior.Variance, posterior.Detach().Mean);
        var point = new PointMass(posterior.Mean);
        RequireThere(place, [4, 2], point.Mean, point.Variance, point.Detach().Mean);
        RequireThere(place, [3, 4, 2], point.RSample(3));
    }

    [Fact]
    public void Every_likelihood_is_in_the_table()
    {
        using var scope = torch.NewDisposeScope();
        var covered = s_likelihoods.Values.Select(pair => pair.Make(Place.Usual, [4]).GetType());
        Library.Uncovered(Library.Assemblies, typeof(Likelihood), covered).Should().BeEmpty();
    }

    [Fact]
    public void Every_posterior_is_tried()
        => Library.Uncovered(Library.Assemblies, typeof(Posterior), [typeof(DiagonalNormal), typeof(PointMass)]).Should().BeEmpty();

    private static void RequireThere(Place place, long[] shape, params torch.Tensor[] results)
    {
        foreach (var result in results)
        {
            place.ExplainElsewhere(result, "a result").Should().BeNull();
            result.shape.Should().Equal(shape);
        }
    }

    private static torch.Tensor Levels(Place place) => place.Levels(4, 6);

    private static Likelihood Covariates(Place place, long[] leading)
    {
        var model = SurvivalEntries.Model();
        return place.Move(model).Decode(place.Centred([.. leading, 2]));
    }

    private static SequenceLikelihood Sequences(Place place, long[] leading)
        => place.Move(SequenceEntries.Decoder()).Given(place.Centred([.. leading, 2]));

    // Targets and the bits that say which of them were observed come first in a patient's row.
    private static torch.Tensor Patients(Place place)
    {
        using var model = SurvivalEntries.Model();
        return SurvivalEntries.Items(place).narrow(0, 0, 4).narrow(1, 0, model.Decode(Place.Usual.Centred(1, 2)).Mean.shape[^1] + 6);
    }
}
