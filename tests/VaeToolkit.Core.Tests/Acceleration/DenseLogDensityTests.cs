using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Acceleration;

public sealed class DenseLogDensityTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1, 2, 3, 0.01f)]
    [InlineData(5, 7, 130, 0.01f, 9)]
    [InlineData(97, 16, 64, 0f, 64, 16)]
    [InlineData(96, 33, 65, 0.2f, 100)]
    [InlineData(1000, 40, 784, 0.01f, 300, 300)]
    public void It_equals_float64_operators_whatever_the_number_of_threads(
        int rows, int inputs, int outputs, float slope, params int[] hidden)
    {
        var steps = Steps(inputs, outputs, slope, hidden);
        var z = torch.randn(rows, inputs);
        var x = torch.rand(Math.Max(1, rows / 4), outputs).gt(0.5).to(torch.float32);
        var density = DenseLogDensity<BernoulliRow>.Of(steps, z, x, new()).Values();

        var items = Enumerable.Range(0, rows).Select(row => (long)(row % (int)x.shape[0])).ToArray();
        var logits = steps.Aggregate(z.to(torch.float64), Apply);
        var exact = BernoulliLikelihood.LogProbByOperators(logits, x.to(torch.float64).index_select(0, torch.tensor(items)));
        density.Zip(exact.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 3e-6 * (1 + Math.Abs(p.Second)));

        var threads = torch.get_num_threads();
        torch.set_num_threads(threads == 1 ? 2 : 1);
        var other = DenseLogDensity<BernoulliRow>.Of(steps, z, x, new()).Values();
        torch.set_num_threads(threads);
        other.Should().Equal(density);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(95)]
    [InlineData(199)]
    public void A_row_does_not_depend_on_the_others(int row)
    {
        var steps = Steps(12, 70, 0.01f, [30]);
        var (z, x) = (torch.randn(200, 12), torch.rand(200, 70).round());
        var alone = DenseLogDensity<BernoulliRow>.Of(steps, z.narrow(0, row, 1), x.narrow(0, row, 1), new()).Values();
        alone.Single().Should().Be(DenseLogDensity<BernoulliRow>.Of(steps, z, x, new()).Values()[row]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(784)]
    [InlineData(3000)]
    public void A_row_of_long_vectors_equals_the_logarithm_in_double(int size)
    {
        var (logits, x) = (torch.randn(size) * 8, torch.rand(size).round());
        var exact = BernoulliLikelihood.LogProbByOperators(logits.to(torch.float64), x.to(torch.float64)).ToDouble();
        var (ofLogits, ofX) = (logits.data<float>().ToArray(), x.data<float>().ToArray());
        ((double)BernoulliRow.RowOfLongVectors(ofLogits, ofX)).Should().BeApproximately(exact, 1e-6 * size);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public unsafe void Tiles_of_every_width_equal_the_sums_in_double(int width)
    {
        const int Depth = 37, Pitch = 41;
        const float Slope = 0.1f;
        var x = torch.randn(DenseKernel.Rows, Pitch).data<float>().ToArray();
        var panel = torch.randn(Depth + 1, width).data<float>().ToArray();
        var y = new float[DenseKernel.Rows * width];
        fixed (float* from = x, weights = panel, to = y)
        {
            if (width == 16)
                DenseKernel.ShortTile(from, Pitch, 1, weights, Depth, Slope, to, width);
            else
                DenseKernel.LongTile(from, Pitch, 1, weights, Depth, Slope, to, width);
        }
        for (var at = 0; at < y.Length; at++)
        {
            var (row, column) = (at / width, at % width);
            var sum = panel[column] + Enumerable.Range(0, Depth).Sum(
                k => (double)x[row * Pitch + k] * panel[(k + 1) * width + column]);
            ((double)y[at]).Should().BeApproximately(Math.Max(sum, sum * Slope), 1e-5);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_stays_so(float weight)
    {
        var steps = Steps(4, 20, 0.01f, [8]);
        steps[0].Weight.fill_(weight);
        DenseLogDensity<BernoulliRow>.Of(steps, torch.ones(10, 4), torch.zeros(10, 20), new()).Values()
            .Should().NotContain(value => double.IsFinite(value));
    }

    [Theory]
    [InlineData(Activation.LeakyReLU)]
    [InlineData(Activation.ReLU)]
    [InlineData(Activation.Tanh)]
    public void A_decoder_gives_the_likelihood_of_its_forward_pass(Activation activation)
    {
        using var noGradient = torch.no_grad();
        using var decoder = new MlpDecoder(6, [25], ObservationModel.Bernoulli(1, 5, 7), new() { Activation = activation });
        var (z, x) = (torch.randn(4, 50, 6), torch.rand(50, 1, 5, 7).round());
        foreach (var latent in new[] { z, z.select(0, 1), z.narrow(1, 0, 1) })
        {
            var items = x.narrow(0, 0, latent.shape[^2]);
            var expected = decoder.forward(latent).LogProb(items);
            var found = decoder.LogLikelihood(latent, items, new());
            found.shape.Should().Equal(expected.shape);
            found.Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5 * (1 + Math.Abs(p.Second)));
        }
    }

    [Theory]
    [InlineData(1 << 16, true)]
    [InlineData((1 << 16) + 1, false)]
    public void Very_wide_layers_are_left_to_the_operators(int width, bool taken)
    {
        using var noGradient = torch.no_grad();
        using var head = torch.nn.Linear(1, width);
        using var trunk = torch.nn.Sequential();
        (DenseLayers.StepsOf(trunk, head, torch.zeros(96, 1)) is not null).Should().Be(taken && DenseKernel.IsFast);
    }

    [Fact]
    public void With_gradients_a_decoder_uses_operators_that_have_them()
    {
        using var decoder = new MlpDecoder(6, [25], ObservationModel.Bernoulli(30));
        decoder.LogLikelihood(torch.randn(100, 6), torch.rand(100, 30).round(), new()).sum().backward();
        decoder.parameters().All(parameter => parameter.grad is not null).Should().BeTrue();
    }

    private static DenseStep[] Steps(int inputs, int outputs, float slope, int[] hidden)
    {
        int[] widths = [inputs, .. hidden, outputs];
        return [.. widths.Skip(1).Select((width, k) => new DenseStep(
            torch.randn(width, widths[k]) / Math.Sqrt(widths[k]), torch.randn(width), k == hidden.Length ? 1 : slope))];
    }

    private static torch.Tensor Apply(torch.Tensor rows, DenseStep step)
    {
        var sums = rows.mm(step.Weight.to(torch.float64).t()) + step.Bias.to(torch.float64);
        return sums.maximum(sums * step.Slope);
    }
}
