using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Objectives;

public sealed class MmdTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public static TheoryData<MmdKernel> Kernels => new(
        MmdKernel.Gaussian(4), MmdKernel.InverseMultiquadratic(4), MmdKernel.InverseMultiquadratic(0.4, 2, 8));

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Equal_batches_have_none(MmdKernel kernel)
    {
        var x = torch.randn([20, 3], torch.float64);
        Mmd.Squared(x, x.clone(), kernel).ToDouble().Should().BeApproximately(0, 1e-14);
    }

    [Theory]
    [InlineData(1.1754943508222875e-38)]
    [InlineData(3.4028234663852886e38)]
    public void Scales_at_the_ends_of_float32_are_scales(double scale)
    {
        var x = torch.tensor([0f, 0f]).reshape(2, 1);
        foreach (var kernel in new[] { MmdKernel.Gaussian(scale), MmdKernel.InverseMultiquadratic(scale) })
            kernel.Of(x).Values().Should().OnlyContain(value => Math.Abs(value - 1) < 1e-6, $"{kernel} of equal vectors");
    }

    [Theory]
    [InlineData(1.1e-38)]
    [InlineData(3.5e38)]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Scales_beyond_float32_are_refused_with_its_ends(double scale)
    {
        foreach (var make in new Func<double, MmdKernel>[] { s => MmdKernel.Gaussian(1, s), s => MmdKernel.InverseMultiquadratic(s) })
        {
            FluentActions.Invoking(() => make(scale)).Should().Throw<ArgumentOutOfRangeException>()
                .WithMessage("*from 1.17549435E-38 to 3.40282347E+38*").Which.ActualValue.Should().Be(scale);
        }
    }

    [Fact]
    public void Two_vectors_of_each_by_hand()
    {
        // x: 0 and 1; y: 0 and 3. Squared distances 1; 9; and 0, 9, 1, 4 between.
        var (x, y) = (torch.tensor(new double[,] { { 0 }, { 1 } }), torch.tensor(new double[,] { { 0 }, { 3 } }));
        double G(double squares) => Math.Exp(-squares / 2);
        double C(double squares) => 2 / (2 + squares);
        foreach (var (kernel, k) in new (MmdKernel, Func<double, double>)[]
            { (MmdKernel.Gaussian(2), G), (MmdKernel.InverseMultiquadratic(2), C) })
        {
            var between = (k(0) + k(9) + k(1) + k(4)) / 2;
            Mmd.Squared(x, y, kernel).ToDouble().Should().BeApproximately((1 + k(1)) / 2 + (1 + k(9)) / 2 - between, 1e-12);
            Mmd.Squared(x, y, kernel, MmdEstimator.Unbiased).ToDouble().Should().BeApproximately(k(1) + k(9) - between, 1e-12);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void It_agrees_with_a_loop_over_pairs(MmdKernel kernel)
    {
        var (x, y) = (torch.randn([5, 2], torch.float64), torch.randn([7, 2], torch.float64) + 0.5);
        double K(torch.Tensor a, torch.Tensor b) => kernel.Of((a - b).square().sum()).ToDouble();
        double Mean(torch.Tensor a, torch.Tensor b, bool own) => Enumerable.Range(0, (int)a.shape[0]).Average(i => Enumerable
            .Range(0, (int)b.shape[0]).Where(j => own || i != j).Average(j => K(a[i], b[j])));
        Mmd.Squared(x, y, kernel).ToDouble().Should().BeApproximately(Mean(x, x, true) + Mean(y, y, true) - 2 * Mean(x, y, true), 1e-12);
        Mmd.Squared(x, y, kernel, MmdEstimator.Unbiased).ToDouble()
            .Should().BeApproximately(Mean(x, x, false) + Mean(y, y, false) - 2 * Mean(x, y, true), 1e-12);
    }

    [Fact]
    public void Draws_of_one_distribution_tend_to_0_as_1_over_n_and_without_bias_are_0_on_average()
    {
        // E of the V-statistic is 2 (k(0) − E k) / n, with E k = (1 + 2 · 2 / s)^(−Z/2) for normal draws and the kernel
        // exp(−‖·‖²/s).
        var kernel = MmdKernel.Gaussian(4);
        foreach (var n in new[] { 50, 200 })
        {
            var biased = new double[100];
            var unbiased = new double[100];
            for (var i = 0; i < biased.Length; i++)
            {
                var (x, y) = (torch.randn([n, 2], torch.float64), torch.randn([n, 2], torch.float64));
                biased[i] = Mmd.Squared(x, y, kernel).ToDouble();
                unbiased[i] = Mmd.Squared(x, y, kernel, MmdEstimator.Unbiased).ToDouble();
            }
            var error = MathNet.Numerics.Statistics.Statistics.StandardDeviation(unbiased) / Math.Sqrt(unbiased.Length);
            unbiased.Average().Should().BeApproximately(0, 4 * error);
            biased.Average().Should().BeApproximately(2 * (1 - 0.5) / n, 4 * error);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Gradients_are_those_of_differences(MmdKernel kernel)
    {
        var (x, y) = (torch.randn([4, 2], torch.float64), torch.randn([3, 2], torch.float64));
        foreach (var estimator in Enum.GetValues<MmdEstimator>())
        {
            var gradient = Reference.Gradient(at => Mmd.Squared(at, y, kernel, estimator), x);
            var expected = Reference.FiniteDifferences(at => Mmd.Squared(at, y, kernel, estimator), x);
            gradient.Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-8);
        }
    }

    [Fact]
    public void Wrong_shapes_and_scales_are_refused()
    {
        var kernel = MmdKernel.Gaussian(1);
        FluentActions.Invoking(() => Mmd.Squared(torch.zeros(3, 2), torch.zeros(3, 4), kernel)).Should().Throw<ArgumentException>()
            .WithMessage("*[3, 2]*[3, 4]*");
        FluentActions.Invoking(() => Mmd.Squared(torch.zeros(3), torch.zeros(3), kernel)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Mmd.Squared(torch.zeros(1, 2), torch.zeros(3, 2), kernel, MmdEstimator.Unbiased))
            .Should().Throw<ArgumentException>().WithMessage("*at least 2*");
        FluentActions.Invoking(() => Mmd.Squared(torch.zeros(0, 2), torch.zeros(3, 2), kernel)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MmdKernel.Gaussian(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => MmdKernel.InverseMultiquadratic(1, double.NaN)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => MmdKernel.Gaussian()).Should().Throw<ArgumentException>().WithMessage("*no scales*");
        MmdKernel.Gaussian(1, 2).Should().Be(MmdKernel.Gaussian(1, 2)).And.NotBe(MmdKernel.InverseMultiquadratic(1, 2));
        $"{MmdKernel.Gaussian(0.5, 2)}".Should().Be("Gaussian(0.5, 2)");
    }
}
