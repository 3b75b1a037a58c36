using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Evaluation;

public sealed class AnnealedImportanceSamplingTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _x;
    private readonly TensorData _data;

    public AnnealedImportanceSamplingTests()
    {
        using var seed = SeedScope.Begin(1);
        _x = torch.randn([30L, 4L], dtype: torch.float64) * 1.2;
        _data = new TensorData(_x);
    }

    public void Dispose()
    {
        _data.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Evidence_of_the_linear_gaussian_is_found_whatever_the_encoder_says_and_more_temperatures_tighten_the_bound()
    {
        using var model = LinearGaussian.Model(meanShift: 5, logVarianceShift: 3);
        var evidence = LinearGaussian.LogEvidence(_x).Average();
        var bounds = new[] { 1, 8, 64 }.Select(temperatures => Repeated(model, temperatures)).ToArray();
        bounds.Select(b => b.Value).Should().BeInDescendingOrder("the bound of −log p(x) tightens");
        (bounds[0].Value - bounds[2].Value).Should().BeGreaterThan(4 * bounds[0].StandardError);
        bounds.Should().OnlyContain(b => b.Value > -evidence - 4 * b.StandardError);
        bounds[2].Value.Should().BeApproximately(
            -evidence, 4 * bounds[2].StandardError + 0.01, "the bias is the weights' variance over twice the chains");
    }

    [Fact]
    public void Weights_are_unbiased()
    {
        // The mean of Ẑ / Z over chains and items is 1 even with few temperatures, where the bound is loose.
        using var model = LinearGaussian.Model();
        var evidence = LinearGaussian.LogEvidence(_x);
        var ratios = new List<double>();
        for (var seed = 0; seed < 3; seed++)
        {
            for (var item = 0; item < 10; item++)
            {
                using var one = new TensorData(_x.narrow(0, item, 1));
                AisOptions options = new() { Chains = 500, Temperatures = 15, LeapfrogSteps = 2, Seed = seed };
                ratios.Add(Math.Exp(-Evaluate.AnnealedImportanceSampling(model, one, options).Mean - evidence[item]));
            }
        }
        var mean = SampleMean.Of(ratios);
        mean.Value.Should().BeApproximately(1, 4 * mean.StandardError);
        mean.StandardError.Should().BeLessThan(0.03);
    }

    [Theory]
    [InlineData(AnnealingSchedule.Linear)]
    [InlineData(AnnealingSchedule.Sigmoid)]
    public void Schedule_goes_from_zero_to_one_and_step_sizes_reach_their_acceptance(AnnealingSchedule schedule)
    {
        AisOptions options = new() { Temperatures = 100, Schedule = schedule, Chains = 8, LeapfrogSteps = 3, InitialStepSize = 0.05 };
        var betas = options.Betas();
        (betas.Length, betas[0], betas[^1]).Should().Be((101, 0.0, 1.0));
        betas.Should().BeInAscendingOrder();
        using var model = LinearGaussian.Model();
        var estimate = Evaluate.AnnealedImportanceSampling(model, _data, options);
        estimate.AcceptanceRate.Should().BeInRange(0.55, 0.9);
        (estimate.Temperatures, estimate.Samples, estimate.Items).Should().Be((100, 8, 30));
        estimate.ToString().Should().Contain("100 temperatures");
    }

    [Fact]
    public void Parameters_keep_their_gradients_and_the_run_its_seed_and_memory()
    {
        using var seed = SeedScope.Begin(4);
        using var model = new Vae(
            new MlpEncoder(4, 2, [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(0.5, 4)), new StandardNormalPrior(2));
        var still = model.Decoder.parameters().First();
        still.requires_grad = false;
        using var data = new TensorData(_x.to(torch.float32));
        AisOptions options = new() { Chains = 2, Temperatures = 10, BatchSize = 16 };
        var first = Evaluate.AnnealedImportanceSampling(model, data, options);
        var before = Reference.LiveTensors();
        Evaluate.AnnealedImportanceSampling(model, data, options).Should().Be(first);
        torch.Tensor.TotalCount.Should().Be(before);
        model.parameters().Select(p => p.grad).Should().AllSatisfy(g => g.Should().BeNull());
        model.parameters().Count(p => !p.requires_grad).Should().Be(1);
        still.requires_grad.Should().BeFalse();
        model.training.Should().BeTrue();
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var model = LinearGaussian.Model();
        Refused(new() { Chains = 0 }, "Chains");
        Refused(new() { Temperatures = 0 }, "Temperatures");
        Refused(new() { LeapfrogSteps = 0 }, "LeapfrogSteps");
        Refused(new() { InitialStepSize = double.NaN }, "InitialStepSize");
        Refused(new() { TargetAcceptance = 1 }, "TargetAcceptance");
        Refused(new() { PilotChains = 0 }, "PilotChains");

        void Refused(AisOptions options, string name) => FluentActions.Invoking(
            () => Evaluate.AnnealedImportanceSampling(model, _data, options))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
    }

    private SampleMean Repeated(Vae model, int temperatures) => SampleMean.Of([.. Enumerable.Range(0, 8).Select(seed =>
    {
        AisOptions options = new() { Temperatures = temperatures, Chains = 10, LeapfrogSteps = 3, BatchSize = 30, Seed = seed };
        return Evaluate.AnnealedImportanceSampling(model, _data, options).Mean;
    })]);
}
