using FluentAssertions.Equivalency;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival.Tests.Models;

public sealed class SavaeTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(11);
    private readonly Savae _model;
    private readonly torch.Tensor _items;

    public SavaeTests()
    {
        _model = new Savae(
            SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 1, Hidden = [6], EncoderSeesTreatment = true });
        // Weights larger than at the start, so that the latent feature matters.
        using (torch.no_grad())
        {
            foreach (var parameter in _model.parameters())
                parameter.mul_(2.5);
        }
        using var data = _model.Items(SmallStudy.Data);
        _items = data.InOrder(5).Select(batch => batch.Items.clone()).Single().to(torch.float64);
        _model.to(torch.float64);
    }

    public void Dispose()
    {
        _model.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Saved_weights_have_these_keys()
    {
        var layers = from part in new[] { "encoder", "decoder", "survival", "treatment" }
                     from layer in new[] { "trunk.fc1", "head" }
                     from kind in new[] { "weight", "bias" }
                     select $"{part}.{layer}.{kind}";
        _model.state_dict().Keys.Should().BeEquivalentTo(layers.Append("decoder.thresholds1").Append("log_time_scale"));
    }

    [Fact]
    public void Likelihood_of_covariates_is_that_of_every_kind_by_hand_and_missing_ones_have_no_term()
    {
        var z = torch.tensor([0.3, -1.0, 0.7, 1.5, 0.1]).reshape(1, 5, 1);
        var raw = Raw(z);
        var computed = _model.CovariateLogProb(_items, z).Values();
        var covariates = SmallStudy.Data.Covariates;
        // Columns by schema: 0 grade, 1 age, 2 nodes, 3 cell, 4 dose, 5 sex. The network's order: age, dose means; their log-variances;
        // sex; nodes; cell; grade.
        for (var i = 0; i < 5; i++)
        {
            var expected = 0.0;
            double Target(int column) => covariates.Target(i, column);
            bool Has(int column) => covariates.IsObserved(i, column);
            if (Has(1))
                expected += Normal(Target(1), raw[i][0], raw[i][2]);
            if (Has(4))
                expected += Normal(Target(4), raw[i][1], raw[i][3]);
            if (Has(5))
                expected += Target(5) * raw[i][4] - Math.Log(1 + Math.Exp(raw[i][4]));
            if (Has(2))
                expected += Target(2) * raw[i][5] - Math.Exp(raw[i][5]) - Enumerable.Range(1, (int)Target(2)).Sum(k => Math.Log(k));
            if (Has(3))
                expected += raw[i][6 + (int)Target(3)] - Math.Log(raw[i][6..9].Sum(Math.Exp));
            if (Has(0))
                expected += Math.Log(OrdinalShares(raw[i][9])[(int)Target(0)]);
            computed[i].Should().BeApproximately(expected, 1e-6, $"patient {i}");
        }
    }

    [Fact]
    public void Likelihoods_of_all_items_under_all_latents_are_those_one_by_one()
    {
        var z = torch.randn([7, 1, 1], dtype: torch.float64);
        var all = _model.CovariateLogProb(_items, z).Values();
        all.Should().HaveCount(35).And.BeEquivalentTo(_model.CovariateLogProb(_items, z.expand(7, 5, 1)).Values(), Within(1e-10));
    }

    [Fact]
    public void Predictive_likelihood_is_the_weighted_mean_of_the_draws_for_the_treatment_that_was_given()
    {
        var z = torch.randn([9, 1], dtype: torch.float64);
        var computed = _model.PredictiveLogProb(_items, z).Values();
        var all = z.unsqueeze(1).expand(9, 5, 1);
        var weights = _model.CovariateLogProb(_items, all).softmax(0);
        var expected = (weights * _model.TimeLogProb(_items, _model.TimesGiven(_items, all)).exp()).sum(dim: 0).log().Values();
        computed.Should().BeEquivalentTo(expected, Within(1e-10));
    }

    [Fact]
    public void Draws_of_covariates_have_the_likelihoods_moments()
    {
        var likelihood = _model.Decode(torch.full(40_000, 1, 0.4, dtype: torch.float64));
        var (draws, mean, variance) = (likelihood.Sample(), likelihood.Mean[0].Values(), likelihood.Variance[0].Values());
        var averages = draws.mean([0L]).Values();
        for (var j = 0; j < mean.Length; j++)
            averages[j].Should().BeApproximately(mean[j], 4.5 * Math.Sqrt(variance[j] / 40_000), $"target {j}");
        mean[4..7].Sum().Should().BeApproximately(1, 1e-9);
        mean[7..].Sum().Should().BeApproximately(1, 1e-9);
        likelihood.ExplainOutsideSupport(draws).Should().BeNull();
    }

    [Fact]
    public void Probabilities_of_all_treatments_add_up_to_one()
    {
        var total = Enumerable.Range(0, 6).Sum(t => _model.TreatmentLogProb(_model.WithResponse(_items, 1, t)).exp()[2].ToDouble());
        total.Should().BeApproximately(1, 1e-12);
    }

    [Fact]
    public void Bound_is_below_the_marginal_likelihood_by_the_divergence_from_the_true_posterior()
    {
        var posterior = (DiagonalNormal)_model.Encode(_items);
        var (mean, deviation) = (posterior.Mean.Values(), posterior.Variance.sqrt().Values());
        var treatment = _model.TreatmentLogProb(_items).Values();
        var bounds = Bounds(20_000);
        for (var i = 0; i < 5; i++)
        {
            double[] Joint(double[] z) => [.. LogJoint(z, i).Select((value, j) => value - 0.5 * (z[j] * z[j] + Math.Log(2 * Math.PI)))];
            double Q(double z) => Math.Exp(-0.5 * Math.Pow((z - mean[i]) / deviation[i], 2)) / (deviation[i] * Math.Sqrt(2 * Math.PI));
            var marginal = Math.Log(Reference.Integrate(z => [.. Joint(z).Select(Math.Exp)], -9, 9));
            var gap = Reference.Integrate(
                z => [.. Joint(z).Select((value, j) => Q(z[j]) * (Math.Log(Math.Max(Q(z[j]), 1e-300)) - value + marginal))],
                mean[i] - 9 * deviation[i], mean[i] + 9 * deviation[i]);
            gap.Should().BeGreaterThan(0);
            bounds.Mean[i].Should().BeApproximately(marginal + treatment[i] - gap, 4 * bounds.StandardError[i], $"patient {i}");
        }
    }

    [Fact]
    public void Bound_does_not_depend_on_the_unit_of_time()
    {
        using var other = new Savae(SmallStudy.Schema, timeScale: 30, SmallStudy.Treatments, _model.Options);
        other.to(torch.float64);
        var z = torch.randn([1, 5, 1], dtype: torch.float64);
        // The same networks in a unit ten times as long: scales are ten times as long too, and so would times have to be.
        using (torch.no_grad())
        {
            foreach (var (theirs, ours) in other.parameters().Zip(_model.parameters()))
                theirs.copy_(ours);
        }
        var shift = torch.zeros(_items.shape[1], dtype: torch.float64);
        shift.narrow(0, _items.shape[1] - 2, 1).fill_(Math.Log(10));
        var later = _items + shift;
        var (shorter, longer) = (_model.TimeLogProb(_items, _model.TimesGiven(_items, z)).Values(),
            other.TimeLogProb(later, other.TimesGiven(later, z)).Values());
        for (var i = 0; i < 5; i++)
            (shorter[i] - longer[i]).Should().BeApproximately(SmallStudy.Data.Response.Events[i] ? Math.Log(10) : 0, 1e-6);
        other.Encode(later).Mean.Values().Should().BeEquivalentTo(_model.Encode(_items).Mean.Values(), Within(1e-6));
    }

    [Fact]
    public void Only_the_network_of_treatments_learns_from_treatments()
    {
        _model.TreatmentLogProb(_items).sum().backward();
        _model.named_parameters().Where(p => p.parameter.grad is { } gradient && gradient.abs().sum().ToDouble() > 0)
            .Should().OnlyContain(p => p.name.StartsWith("treatment.")).And.NotBeEmpty();
    }

    [Fact]
    public void Items_of_another_schema_or_width_and_bad_options_are_refused()
    {
        FluentActions.Invoking(() => _model.Items(SmallStudy.Trial(5, 1)))
            .Should().Throw<ArgumentException>().WithMessage("*another schema*");
        var others = new PatientData(SmallStudy.Data.Covariates, SmallStudy.Data.Response);
        FluentActions.Invoking(() => _model.Items(others)).Should().Throw<ArgumentException>().WithMessage("*another set*");
        FluentActions.Invoking(() => _model.Encode(torch.zeros(2, 3))).Should().Throw<ArgumentException>().WithMessage("*[2, 3]*");
        FluentActions.Invoking(() => new Savae(SmallStudy.Schema, 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Savae(SmallStudy.Schema, 1, options: new() { LatentSize = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Savae(SmallStudy.Schema, 1, options: new() { Hidden = [] })).Should().Throw<ArgumentException>();
    }

    private static Func<EquivalencyAssertionOptions<double>, EquivalencyAssertionOptions<double>> Within(double tolerance)
        => options => options.WithStrictOrdering()
            .Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, tolerance)).WhenTypeIs<double>();

    private (double[] Mean, double[] StandardError) Bounds(int samples)
    {
        using var noGradient = torch.no_grad();
        var posterior = _model.Encode(_items);
        var z = posterior.RSample(samples);
        var inside = _model.CovariateLogProb(_items, z) + _model.TimeLogProb(_items, _model.TimesGiven(_items, z));
        var rest = _model.TreatmentLogProb(_items) - _model.Prior.AnalyticKl(posterior)!;
        return ((inside.mean([0L]) + rest).Values(), (inside.std(0, true) / Math.Sqrt(samples)).Values());
    }

    private double[] LogJoint(double[] z, int patient)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var row = _items.narrow(0, patient, 1);
        var points = torch.tensor(z).reshape(z.Length, 1, 1);
        return (_model.CovariateLogProb(row, points) + _model.TimeLogProb(row, _model.TimesGiven(row, points))).Values();
    }

    private double[][] Raw(torch.Tensor z)
    {
        var decoder = _model.named_parameters().ToDictionary(p => p.name, p => (torch.Tensor)p.parameter);
        var hidden = (z.reshape(5, 1).mm(decoder["decoder.trunk.fc1.weight"].t()) + decoder["decoder.trunk.fc1.bias"]).tanh();
        var raw = hidden.mm(decoder["decoder.head.weight"].t()) + decoder["decoder.head.bias"];
        return [.. Enumerable.Range(0, 5).Select(i => raw[i].Values())];
    }

    [Fact]
    public void The_variance_of_a_covariate_that_is_nearly_certain_keeps_its_digits()
    {
        using var model = new Savae(SmallStudy.Schema, timeScale: 3, SmallStudy.Treatments, new() { LatentSize = 1, Hidden = [4] });
        var state = model.state_dict();
        using (torch.no_grad())
        {
            state["decoder.head.weight"].zero_();
            state["decoder.head.bias"].fill_(20);
        }
        // Age and dose come first, then sex. σ(20) is 1 in float32, and what is left to it e⁻²⁰/(1 + e⁻²⁰).
        var right = Math.Exp(-20) / Math.Pow(1 + Math.Exp(-20), 2);
        model.Decode(torch.zeros(1, 1)).Variance[0].Values()[2].Should().BeApproximately(right, 1e-6 * right);
    }

    private static double Normal(double x, double mean, double logVariance)
    {
        var variance = Math.Exp(logVariance) + 1e-3;
        return -0.5 * ((x - mean) * (x - mean) / variance + Math.Log(variance) + Math.Log(2 * Math.PI));
    }

    // The thresholds start at 0 and softplus(0) + 0.001.
    private static double[] OrdinalShares(double location)
    {
        double Below(double threshold) => 1 / (1 + Math.Exp(location - threshold));
        var (first, second) = (Below(0), Below(Math.Log(2) + 1e-3));
        return [first, second - first, 1 - second];
    }
}
