using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Objectives;

public sealed class MegaRegularisedTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Gradients_of_the_norm_are_the_analytic_ones()
    {
        var (x, means, logVariances) = Example();
        using var target = MomentTarget.Of(DataMoments.Of(x));
        var gap = x.t().mm(x) / 12.0 - means.t().mm(means) / 7.0 - logVariances.exp().mean([0L]).diag();
        var norm = gap.square().sum().sqrt();
        var byMean = means.mm(gap) * (-2 / 7.0) / norm;
        var byVariance = gap.diagonal() * (-1 / 7.0) / norm;
        Close(Reference.Gradient(mu => target.Gap(mu, logVariances.exp(), MegaTerm.SecondOrder), means), byMean);
        Close(Reference.Gradient(v => target.Gap(means, v, MegaTerm.SecondOrder), logVariances.exp()), byVariance.expand_as(means));
        Close(Reference.Gradient(l => target.Gap(means, l.exp(), MegaTerm.SecondOrder), logVariances), byVariance * logVariances.exp());

        static void Close(double[] actual, torch.Tensor expected)
            => actual.Should().Equal(expected.contiguous().Values(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Every_term_has_a_finite_gradient_at_a_gap_of_zero()
    {
        var x = torch.tensor(new double[,] { { 1, 0 }, { -1, 0 }, { 0, 2 }, { 0, -2 } });
        using var target = MomentTarget.Of(DataMoments.Of(x));
        foreach (var term in Enum.GetValues<MegaTerm>())
            Reference.Gradient(mu => target.Gap(mu, torch.zeros_like(mu), term), x).Should().OnlyContain(value => double.IsFinite(value));
        target.Gap(x, torch.zeros_like(x), MegaTerm.SecondOrder).ToDouble().Should().BeApproximately(0, 1e-5);
    }

    [Fact]
    public void Terms_have_the_values_of_the_gap()
    {
        var (x, means, logVariances) = Example();
        using var target = MomentTarget.Of(DataMoments.Of(x));
        var gap = MomentGaps.Between(
            DataMoments.Of(x), ConditionalMoments.Independent(means, logVariances.exp()), SecondMomentDivisor.Unbiased);
        double Value(MegaTerm term, MomentTarget side) => side.Gap(means, logVariances.exp(), term).ToDouble();
        foreach (var side in new[] { target, MomentTarget.OfBatch(x) })
        {
            Value(MegaTerm.SecondOrder, side).Should().BeApproximately(gap.SecondOrder, 1e-9);
            Value(MegaTerm.SecondOrderSquared, side).Should().BeApproximately(gap.SecondOrder * gap.SecondOrder, 1e-9);
            Value(MegaTerm.FirstAndSecondOrder, side).Should().BeApproximately(gap.FirstOrder + gap.SecondOrder, 1e-9);
            Value(MegaTerm.UnbiasedSquared, side).Should().BeApproximately(gap.Sampling!.UnbiasedSquaredGap, 1e-9);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Batches_of_one_item_have_no_moments_and_are_refused_before_training(bool look)
    {
        using var vae = Model();
        var items = torch.randn([200L, 4L], dtype: torch.float64);
        using var train = new TensorData(items);
        using var odd = new TensorData(torch.randn([101L, 4L], dtype: torch.float64));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 100, PreFlight = look };
        using var own = new MegaRegularised(new Elbo(), null);
        using var known = new MegaRegularised(new Elbo(), DataMoments.Of(items));
        FluentActions.Invoking(() => Trainer.Fit(vae, own, train, odd, options)).Should().Throw<Exception>().Which.Message
            .Should().Contain("The last validation batch has 1 item(s) (101 items in batches of 100)")
            .And.Contain("but MegaRegularised needs at least 2 items a batch");
        FluentActions.Invoking(() => Trainer.Fit(vae, own, odd, train, options)).Should().Throw<Exception>().Which.Message
            .Should().Contain("An epoch's last batch has 1 item(s) (101 items in batches of 100)")
            .And.Contain("LastBatch to Drop or Merge");
        own.StepsTaken.Should().Be(0);
        Trainer.Fit(vae, own, odd, train, options with { LastBatch = LastBatch.Merge }).History.Should().ContainSingle();
        Trainer.Fit(vae, known, train, odd, options).History.Should().ContainSingle("fixed moments need no batch");
    }

    [Fact]
    public void Loss_is_the_other_objectives_plus_alpha_times_the_gap_whatever_the_batch()
    {
        using var vae = Model();
        var (x, _, _) = Example();
        using var batch = new Batch(x.clone());
        using var twice = new Batch(torch.cat([x, x]));
        using var objective = new MegaRegularised(new Elbo(), DataMoments.Of(x), new() { Alpha = 3, Draws = 50 });
        var results = new[] { batch, twice }.Select(items =>
        {
            using var seed = SeedScope.Begin(3);
            var result = objective.Compute(vae, items);
            var terms = result.Terms.ToDictionary(term => term.Name, term => term.Read());
            result.Loss.ToDouble().Should().BeApproximately(terms["reconstruction"] + terms["kl"] + 3 * terms["moment_gap"], 1e-9);
            return terms["moment_gap"];
        }).ToArray();
        results.Should().OnlyContain(gap => gap > 0 && gap < 100);
    }

    [Fact]
    public void Training_lowers_the_gap_and_keeps_no_tensors_and_state_goes_to_the_wrapped_objective()
    {
        using var seed = SeedScope.Begin(2);
        using var vae = Model();
        var x = torch.randn([64L, 4L], dtype: torch.float64) + 1;
        using var batch = new Batch(x.clone());
        using var objective = new MegaRegularised(
            new Elbo(new() { WarmUp = BetaWarmUp.OverSteps(10) }), DataMoments.Of(x), new() { Alpha = 10 });
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-2);
        double Step() => TrainingLoop.Step(vae, objective, batch, optimizer).Terms["moment_gap"];
        var first = Step();
        var live = Reference.LiveTensors();
        for (var i = 0; i < 200; i++)
            Step();
        torch.Tensor.TotalCount.Should().BeLessThanOrEqualTo(live);
        Step().Should().BeLessThan(first / 2);
        var state = objective.SaveState();
        state["inner.steps_taken"].Should().Be(202);
        using var other = new MegaRegularised(new Elbo(), null);
        other.LoadState(state);
        other.SaveState().Should().Equal(state);
    }

    [Fact]
    public void The_other_objectives_warm_up_goes_by_the_epoch_from_its_first_step()
    {
        using var vae = Model();
        using var data = new TensorData(Example().X.clone());
        using var objective = new MegaRegularised(new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(4) }), null);
        var betas = new Betas();
        Trainer.Fit(vae, objective, data, null, new() { Epochs = 4, BatchSize = 4 }, [betas]);
        betas.Seen.Should().Equal(0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.75, 0.75, 0.75, 1, 1, 1);
    }

    [Fact]
    public void Options_and_sizes_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => new MegaRegularised(new Elbo(), null, new() { Alpha = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new MegaRegularised(new Elbo(), null, new() { Draws = 1, Term = MegaTerm.UnbiasedSquared }))
            .Should().Throw<ArgumentOutOfRangeException>();
        using var vae = Model();
        using var batch = new Batch(torch.randn([3L, 4L], dtype: torch.float64));
        using var objective = new MegaRegularised(new Elbo(), DataMoments.Of(torch.randn([9L, 5L])));
        FluentActions.Invoking(() => objective.Compute(vae, batch))
            .Should().Throw<ArgumentException>().WithMessage("*5 values a row, the model 4*");
    }

    [Fact]
    public void Its_settings_tell_fixed_moments_apart()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.randn([9L, 4L], dtype: torch.float64);
        string Moments(torch.Tensor of)
        {
            using var objective = new MegaRegularised(new Elbo(), DataMoments.Of(of));
            return objective.Settings["Moments"];
        }
        Moments(x).Should().StartWith("fixed: a mean of length ").And.Be(Moments(x.clone())).And.NotBe(Moments(x * 5 + 3));
    }

    [Fact]
    public void Moments_of_items_with_their_axes_in_another_order_are_refused()
    {
        using var vae = new Vae(
            new MlpEncoder(48, 2, [4]), new ConvDecoder(2, ObservationModel.Gaussian(1, 3, 4, 4), [4]), new StandardNormalPrior(2));
        using var scope = torch.NewDisposeScope();
        var (first, last) = (torch.rand(6, 3, 4, 4), torch.rand(6, 4, 4, 3));
        using var batch = new Batch(first.clone());
        var moments = new VaeMoments(vae);
        foreach (var right in new[] { first, first.flatten(1) })
            FluentActions.Invoking(() => MomentGaps.MonteCarlo(DataMoments.Of(right), moments)).Should().NotThrow();
        FluentActions.Invoking(() => MomentGaps.MonteCarlo(DataMoments.Of(last), moments)).Should().ThrowExactly<ArgumentException>()
            .WithMessage("the moments are of items [4, 4, 3], the model's are [3, 4, 4]*");
        using var objective = new MegaRegularised(new Elbo(), DataMoments.Of(last));
        FluentActions.Invoking(() => objective.Compute(vae, batch)).Should().ThrowExactly<ArgumentException>()
            .WithMessage("the moments are of items [4, 4, 3], the model's are [3, 4, 4]*");
    }

    [Fact]
    public void Moments_of_items_of_another_rank_with_their_values_in_the_same_places_are_right()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(4);
        using var grey = new Vae(
            new MlpEncoder(16, 2, [4]), new ConvDecoder(2, ObservationModel.Gaussian(1, 1, 4, 4), [4]), new StandardNormalPrior(2));
        using var coloured = new Vae(
            new MlpEncoder(48, 2, [4]), new ConvDecoder(2, ObservationModel.Gaussian(1, 3, 4, 4), [4]), new StandardNormalPrior(2));
        Check(grey, torch.rand(6, 1, 4, 4), [6, 4, 4], [6, 4, 4, 1], [6, 2, 8], [6, 16]);
        Check(coloured, torch.rand(6, 3, 4, 4), [6, 3, 16], [6, 1, 3, 4, 4], [6, 12, 4], [6, 48]);

        static void Check(Vae vae, torch.Tensor items, params long[][] shapes)
        {
            using var batch = new Batch(items.clone());
            var expected = Gaps(items);
            foreach (var shape in shapes)
                Gaps(items.reshape(shape)).Should().Be(expected);

            (double, double) Gaps(torch.Tensor rows)
            {
                var moments = DataMoments.Of(rows);
                using var objective = new MegaRegularised(new Elbo(), moments);
                using var seed = SeedScope.Begin(5);
                return (MomentGaps.MonteCarlo(moments, new VaeMoments(vae), new() { Draws = 20 }).SecondOrder,
                    objective.Compute(vae, batch).Loss.ToDouble());
            }
        }
    }

    [Fact]
    public void Complex_numbers_are_refused_whose_imaginary_parts_would_be_lost()
    {
        using var scope = torch.NewDisposeScope();
        var rows = torch.randn([20L, 2L], torch.complex64);
        FluentActions.Invoking(() => DataMoments.Of(rows)).Should().ThrowExactly<ArgumentException>().WithMessage("data is of complex*");
        FluentActions.Invoking(() => GaussianMixture.Fit(rows, 1)).Should().ThrowExactly<ArgumentException>()
            .WithMessage("data is of complex*");
    }

    private static Vae Model() => new Vae(
        new MlpEncoder(4, latentSize: 2, hidden: [8]), new MlpDecoder(latentSize: 2, hidden: [8], ObservationModel.LearnedGaussian(4)),
        new StandardNormalPrior(2)).to(torch.float64);

    private static (torch.Tensor X, torch.Tensor Means, torch.Tensor LogVariances) Example()
    {
        using var seed = SeedScope.Begin(1);
        return (torch.randn([12L, 4L], dtype: torch.float64) + 1, torch.randn([7L, 4L], dtype: torch.float64),
            torch.randn([7L, 4L], dtype: torch.float64) * 0.3);
    }

    /// <summary>The weight of every step.</summary>
    private sealed class Betas : ITrainingCallback<Vae>
    {
        internal List<double> Seen { get; } = [];

        public void StepEnded(Vae model, StepResult result) => Seen.Add(result.Terms["beta"]);
    }
}
