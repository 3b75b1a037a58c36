using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Objectives;

public sealed class GecoTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly Vae _vae = new Vae(
        new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2)).to(torch.float64);
    private readonly Batch _batch = new(torch.rand(4, 6).gt(0.5).to(torch.float64));

    public void Dispose()
    {
        _vae.Dispose();
        _batch.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Multiplier_and_average_follow_a_hand_stepped_trace()
    {
        var geco = new Geco(new() { AverageDecay = 0.9, MultiplierRate = 2, LargestMultiplier = 1.4 });
        double[] constraints = [0.1, 0.3, -0.5, 0.2];
        // C_ma: 0.1; 0.9·0.1 + 0.1·0.3 = 0.12; 0.9·0.12 − 0.05 = 0.058; 0.9·0.058 + 0.02 = 0.0722. λ: e^0.2; e^0.44 → 1.4;
        // 1.4 e^0.116 → 1.4; 1.4 again.
        double[] averages = [0.1, 0.12, 0.058, 0.0722];
        double[] multipliers = [Math.Exp(0.2), 1.4, 1.4, 1.4];
        for (var step = 0; step < constraints.Length; step++)
        {
            geco.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = constraints[step] });
            geco.Multiplier.Should().BeApproximately(multipliers[step], 1e-12);
            geco.SaveState()["constraint.squared_error_per_pixel.average"].Should().BeApproximately(averages[step], 1e-12);
        }
        geco.StepsTaken.Should().Be(4);
        geco.IsSatisfied.Should().BeFalse();
    }

    [Fact]
    public void Loss_is_divergence_plus_multiplier_times_average_and_its_gradient_is_the_batchs()
    {
        var geco = new Geco(new() { Tolerance = 0.05, AverageDecay = 0.5 });
        geco.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = 0.4 });
        var lambda = geco.Multiplier;
        var terms = Terms(geco, 9, out var loss);
        terms["constraint"].Should().BeApproximately(0.5 * 0.4 + 0.5 * terms["constraint_batch"], 1e-12);
        loss.Should().BeApproximately(terms["kl"] + lambda * terms["constraint"], 1e-12);

        // The gradient must be that of KL + λ mean squared error.
        var ours = Gradients(() => geco.Compute(_vae, _batch).Loss);
        var direct = Gradients(() =>
        {
            var q = _vae.Encode(_batch.Items);
            var error = (_vae.Decode(q.RSample()).Mean.squeeze(0) - _batch.Items).square().mean();
            return _vae.Prior.AnalyticKl(q)!.mean() + error * lambda;
        });
        ours.Zip(direct).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Geco_under_importance_weights_with_multiplier_one_has_the_gradient_of_iwae()
    {
        var ours = Gradients(() =>
            new GecoIwae(7, new() { Constraints = [ReconstructionConstraint.NegativeLogLikelihoodPerItem(3)] }).Compute(_vae, _batch).Loss);
        var iwae = Gradients(() => new Iwae(7).Compute(_vae, _batch).Loss);
        ours.Zip(iwae).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Geco_under_importance_weights_with_one_sample_is_geco_with_a_sampled_divergence()
    {
        var options = new GecoOptions { Constraints = [ReconstructionConstraint.NegativeLogLikelihoodPerItem(3)] };
        var geco = new GecoIwae(1, options);
        geco.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = 0.3 });
        geco.Multiplier.Should().NotBe(1);
        var ours = Gradients(() => geco.Compute(_vae, _batch).Loss);
        var direct = Gradients(() =>
        {
            var (z, logPosterior) = _vae.Encode(_batch.Items).RSampleAndLogProb();
            var divergence = (logPosterior - _vae.Prior.LogProb(z)).mean();
            return divergence - _vae.Decode(z).LogProb(_batch.Items).mean() * geco.Multiplier;
        });
        ours.Zip(direct).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Parts_of_the_weighted_bound_add_up()
    {
        var terms = Terms(new GecoIwae(5), 4, out _);
        terms["bound"].Should().BeApproximately(-terms["reconstruction"] - terms["kl_sampled"], 1e-12);
    }

    [Fact]
    public void Several_constraints_have_a_multiplier_each()
    {
        var geco = new Geco(new()
        {
            Constraints = [ReconstructionConstraint.SquaredErrorPerItem(0.5), ReconstructionConstraint.NegativeLogLikelihoodPerPixel(0.1)],
            MultiplierRate = 0.1,
        });
        var terms = Terms(geco, 5, out var loss);
        loss.Should().BeApproximately(
            terms["kl"] + terms["constraint_squared_error_per_item"] + terms["constraint_negative_log_likelihood_per_pixel"], 1e-12);
        geco.AdvanceStep(terms);
        geco.Multipliers.Should().HaveCount(2).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Errors_are_in_the_unit_of_their_name()
    {
        var likelihood = _vae.Decode(torch.randn([3L, 4L, 2L], dtype: torch.float64));
        var perItem = ReconstructionConstraint.SquaredErrorPerItem(1).Error(likelihood, _batch.Items);
        perItem.shape.Should().Equal(3, 4);
        var direct = (likelihood.Mean - _batch.Items).square().sum(-1);
        perItem.Values().Zip(direct.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
        ReconstructionConstraint.SquaredErrorPerPixel(1).Error(likelihood, _batch.Items).Values().Zip(direct.Values())
            .Should().OnlyContain(p => Math.Abs(p.First * 6 - p.Second) < 1e-12);
        var nll = ReconstructionConstraint.NegativeLogLikelihoodPerItem(1).Error(likelihood, _batch.Items).Values();
        nll.Should().Equal((-likelihood.LogProb(_batch.Items)).Values());
    }

    [Fact]
    public void State_is_saved_and_restored()
    {
        var geco = new Geco(new() { MultiplierRate = 0.3 });
        geco.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = 0.2 });
        var resumed = new Geco(new() { MultiplierRate = 0.3 });
        resumed.LoadState(geco.SaveState());
        foreach (var one in new[] { geco, resumed })
            one.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = -0.1 });
        resumed.SaveState().Should().Equal(geco.SaveState());
    }

    [Fact]
    public void Tolerance_that_cannot_be_met_is_reported()
    {
        var geco = new Geco(new() { Tolerance = 0.001, LargestMultiplier = 2, StepsAtLimit = 5, MultiplierRate = 10 });
        for (var step = 0; step < 6; step++)
        {
            geco.Warning.Should().Match(w => step < 5 || w != null);
            geco.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = 0.1 });
        }
        geco.Warning.Should().Contain("squared_error_per_pixel ≤ 0.001").And.Contain("limit 2").And.Contain("cannot meet");
        geco.ToString().Should().Contain("cannot meet");
    }

    [Fact]
    public void Training_meets_the_tolerance()
    {
        using var pictures = torch.rand(256, 6).gt(0.5).to(torch.float32);
        using var data = new TensorData(pictures);
        using var vae = new Vae(
            new MlpEncoder(6, 4, [32]), new MlpDecoder(4, [32], ObservationModel.Bernoulli(6)), new StandardNormalPrior(4));
        var geco = new Geco(new() { Tolerance = 0.08, AverageDecay = 0.5, MultiplierRate = 0.3 });
        var result = Trainer.Fit(
            vae, geco, data, options: new() { Epochs = 700, BatchSize = 128, LearningRate = 3e-3, SplitBatches = false });
        // log λ moves by the constraint in every step, so where λ stays bounded the constraint is zero on average over time.
        result.History.Skip(300).Average(epoch => epoch.Terms["constraint_batch"]).Should().BeApproximately(0, 0.1 * 0.08);
        geco.Warning.Should().BeNull();
    }

    [Fact]
    public void Wrong_options_are_refused()
    {
        FluentActions.Invoking(() => new Geco(new() { AverageDecay = 1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Geco(new() { Tolerance = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Geco(new() { MultiplierRate = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Geco(new() { Constraints = [] })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new Geco(
            new() { Constraints = [ReconstructionConstraint.SquaredErrorPerItem(1), ReconstructionConstraint.SquaredErrorPerItem(2)] }))
            .Should().Throw<ArgumentException>().WithMessage("*one name*");
        FluentActions.Invoking(() => new GecoIwae(0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*K*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Validation_takes_the_validation_items_own_constraint(bool weighted)
    {
        ConstrainedObjective objective = weighted ? new GecoIwae(5) : new Geco();
        objective.AdvanceStep(new Dictionary<string, double> { ["constraint_batch"] = 100 });
        using var noGradient = torch.no_grad();
        var result = objective.ComputeForValidation(_vae, _batch);
        var terms = result.Terms.ToDictionary(term => term.Name, term => term.Read());
        terms["constraint"].Should().Be(terms["constraint_batch"]);
        result.Loss.ToDouble().Should().BeApproximately(
            (weighted ? terms["kl_sampled"] : terms["kl"]) + objective.Multiplier * terms["constraint_batch"], 1e-9);
    }

    private Dictionary<string, double> Terms(Objective<Vae> objective, long seed, out double loss)
    {
        using var scope = SeedScope.Begin(seed);
        var result = objective.Compute(_vae, _batch);
        loss = result.Loss.ToDouble();
        return result.Terms.ToDictionary(t => t.Name, t => t.Read());
    }

    private double[] Gradients(Func<torch.Tensor> loss)
    {
        using var seed = SeedScope.Begin(21);
        _vae.zero_grad();
        loss().backward();
        return [.. _vae.parameters().SelectMany(p => p.grad is { } g ? g.Values() : new double[p.NumberOfElements])];
    }
}
