namespace TorchSharp.Tests;

/// <summary>Comparing tensors with numbers and with each other.</summary>
internal static class TensorAssertions
{
    public static double[] Values(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(float64).cpu().contiguous().flatten().data<double>().ToArray();
    }

    public static void ShouldBe(this Tensor actual, Tensor expected, double tolerance, string because = "")
    {
        actual.shape.Should().Equal(expected.shape, because);
        actual.ShouldHold(expected.Values(), tolerance, because);
    }

    public static void ShouldHold(this Tensor actual, double[] expected, double tolerance = 1e-12, string because = "")
    {
        var values = actual.Values();
        values.Length.Should().Be(expected.Length, because);
        foreach (var (value, wanted) in values.Zip(expected))
        {
            if (double.IsFinite(wanted))
                value.Should().BeApproximately(wanted, tolerance * (1 + Math.Abs(wanted)), because);
            else
                value.Should().Be(wanted, because);
        }
    }
}
