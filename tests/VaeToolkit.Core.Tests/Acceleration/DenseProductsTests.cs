using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Acceleration;

/// <summary>The three products of a layer against torch's in float64: whole and broken tiles, panels and blocks of rows.</summary>
public sealed class DenseProductsTests : IDisposable
{
    private const float Slope = 0.1f;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    public static TheoryData<int, int, int> Sizes => new()
    {
        { 6, 1, 1 }, { 7, 5, 3 }, { 32, 17, 6 }, { 33, 64, 64 }, { 100, 65, 130 }, { 512, 40, 16 }, { 513, 9, 70 }, { 1_100, 128, 7 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forwards_is_the_rectified_sum(int rows, int inputs, int outputs)
    {
        var (x, step) = (torch.randn(rows, inputs), Step(inputs, outputs));
        var y = Filled(rows, outputs);
        DenseProducts.Forwards(DenseRows.Of(x, rows, inputs), step, DenseRows.Of(y, rows, outputs));
        var sum = Double(x).mm(Double(step.Weight).t()) + Double(step.Bias);
        RequireClose(y, torch.maximum(sum, sum * Slope), depth: inputs);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Backwards_to_the_input_is_the_gradient_times_the_weights(int rows, int inputs, int outputs)
    {
        var (g, step) = (torch.randn(rows, outputs), Step(inputs, outputs));
        var x = Filled(rows, inputs);
        DenseProducts.BackwardsToInput(DenseRows.Of(g, rows, outputs), step, DenseRows.Of(x, rows, inputs));
        RequireClose(x, Double(g).mm(Double(step.Weight)), depth: outputs);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Backwards_to_the_weights_is_the_transposed_gradient_times_the_rows(int rows, int inputs, int outputs)
    {
        // Six numbers of each row can be read.
        var pitch = outputs + DenseKernel.Rows;
        var (x, padded, weight) = (torch.randn(rows, inputs), torch.randn(rows, pitch), Filled(outputs, inputs));
        var g = DenseRows.Of(padded, rows, pitch) with { Width = outputs };
        var product = Double(padded.narrow(1, 0, outputs)).t().mm(Double(x));

        DenseProducts.BackwardsToWeight(g, DenseRows.Of(x, rows, inputs), DenseRows.Of(weight, outputs, inputs), adds: false);
        RequireClose(weight, product, depth: rows);
        DenseProducts.BackwardsToWeight(g, DenseRows.Of(x, rows, inputs), DenseRows.Of(weight, outputs, inputs), adds: true);
        RequireClose(weight, product * 2, depth: rows);
    }

    [Fact]
    public void Rectified_gradients_are_those_of_torch_and_their_sums_go_on()
    {
        float[] output = [-1, 0, 2, float.NaN, 3, -5, 0, 1, 2, -3, 4, -5, 6, -7, 8, -9, 10, -11];
        float[] gradient = [.. Enumerable.Range(1, output.Length).Select(k => (float)k)];
        float[] sum = [.. Enumerable.Repeat(100f, output.Length)];
        var expected = gradient.Zip(output, (g, y) => y > 0 ? g : g * Slope).ToArray();
        PlainSums.AddRectified(output, Slope, gradient, sum);
        gradient.Should().Equal(expected);
        sum.Should().Equal(expected.Select(g => 100 + g));
    }

    private static DenseStep Step(int inputs, int outputs) => new(torch.randn(outputs, inputs), torch.randn(outputs), Slope);

    private static torch.Tensor Filled(int rows, int columns) => torch.full(rows, columns, float.NaN);

    private static torch.Tensor Double(torch.Tensor tensor) => tensor.to(torch.float64);

    // A sum of so many products, each rounded to 2⁻²⁴ of what stands there by then.
    private static void RequireClose(torch.Tensor actual, torch.Tensor expected, int depth)
        => (Double(actual) - expected).abs().max().item<double>().Should().BeLessThan(depth * 6e-8 * Math.Sqrt(depth) * 4 + 1e-6);
}
