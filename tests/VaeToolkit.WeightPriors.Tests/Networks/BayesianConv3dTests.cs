using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Networks;

public sealed class BayesianConv3dTests : IDisposable
{
    private const int Draws = 20_000;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(8);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(ForwardMode.WeightSample)]
    [InlineData(ForwardMode.LocalReparameterisation)]
    public void Mean_and_variance_of_outputs_are_the_closed_form_within_four_standard_errors(ForwardMode mode)
    {
        using var layer = new BayesianConv3d(2, 1, logVariance: -3);
        var x = torch.randn([1L, 2, 3, 3, 3]);
        var (mean, variance) = ClosedForm(layer, x);
        var outputs = Outputs(layer, x, mode);
        var centre = outputs.Select(o => o[13]).ToArray();
        centre.Average().Should().BeApproximately(mean[13], 4 * Math.Sqrt(variance[13] / Draws));
        var spread = centre.Select(v => (v - mean[13]) * (v - mean[13])).Average();
        spread.Should().BeApproximately(variance[13], 4 * variance[13] * Math.Sqrt(2.0 / Draws));
    }

    [Theory]
    [InlineData(ForwardMode.WeightSample, true)]
    [InlineData(ForwardMode.LocalReparameterisation, false)]
    public void Neighbouring_voxels_vary_together_only_when_weights_are_drawn(ForwardMode mode, bool together)
    {
        using var layer = new BayesianConv3d(1, 1, logVariance: -3);
        var x = torch.ones([1L, 1, 3, 3, 3]);
        var (mean, variance) = ClosedForm(layer, x);
        var outputs = Outputs(layer, x, mode);
        // With ones everywhere the output at the centre holds all 27 weights, and its neighbour in the corner 8 of them.
        var covariance = outputs.Select(o => (o[13] - mean[13]) * (o[0] - mean[0])).Average();
        var error = Math.Sqrt(variance[13] * variance[0] / Draws);
        if (together)
            covariance.Should().BeApproximately(8 * Math.Exp(-3), 5 * error);
        else
            covariance.Should().BeApproximately(0, 4 * error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Without_variance_all_modes_are_the_plain_convolution(long stride)
    {
        using var layer = new BayesianConv3d(2, 3, stride, logVariance: -20);
        var x = torch.randn([2L, 2, 5, 6, 7]);
        var plain = torch.nn.functional.conv3d(x, layer.Mean, strides: [stride, stride, stride], padding: [1, 1, 1]);
        layer.Mode = ForwardMode.Mean;
        layer.forward(x).Values().Should().Equal(plain.Values());
        layer.LogVariance.requires_grad_(false);
        layer.LogVariance.fill_(-60);
        foreach (var mode in new[] { ForwardMode.WeightSample, ForwardMode.LocalReparameterisation })
        {
            layer.Mode = mode;
            (layer.forward(x) - plain).abs().max().ToDouble()
                .Should().BeLessThan(mode == ForwardMode.WeightSample ? 1e-6 : 1e-4, "1e-5 is the root of ε");
        }
    }

    [Fact]
    public void Gradients_are_finite_where_the_input_is_zero()
    {
        using var layer = new BayesianConv3d(1, 2);
        var x = torch.zeros([2L, 1, 4, 4, 4]).requires_grad_();
        layer.forward(x).square().sum().backward();
        layer.Mean.grad!.isfinite().all().ToBoolean().Should().BeTrue();
        layer.LogVariance.grad!.isfinite().all().ToBoolean().Should().BeTrue();
        x.grad!.isfinite().all().ToBoolean().Should().BeTrue();
    }

    [Fact]
    public void A_log_variance_that_left_its_range_is_brought_back_and_can_move_again()
    {
        using var layer = new BayesianConv3d(1, 1);
        using (torch.no_grad())
            layer.LogVariance.fill_(5);
        layer.ProjectLogVariance();
        layer.LogVariance.Values().Should().OnlyContain(v => v == 2);
        layer.forward(torch.randn([1L, 1, 3, 3, 3])).square().sum().backward();
        layer.LogVariance.grad!.abs().sum().ToDouble().Should().BePositive();
    }

    [Fact]
    public void A_log_variance_outside_its_range_is_refused()
        => FluentActions.Invoking(() => new BayesianConv3d(1, 1, logVariance: -21))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*-21*");

    private static (double[] Mean, double[] Variance) ClosedForm(BayesianConv3d layer, torch.Tensor x)
        => (torch.nn.functional.conv3d(x, layer.Mean, padding: [1, 1, 1]).Values(),
            torch.nn.functional.conv3d(x.square(), layer.LogVariance.exp(), padding: [1, 1, 1]).Values());

    private static double[][] Outputs(BayesianConv3d layer, torch.Tensor x, ForwardMode mode)
    {
        using var noGradient = torch.no_grad();
        layer.Mode = mode;
        return [.. Enumerable.Range(0, Draws).Select(_ => Once())];

        double[] Once()
        {
            using var scope = torch.NewDisposeScope();
            return layer.forward(x).Values();
        }
    }
}
