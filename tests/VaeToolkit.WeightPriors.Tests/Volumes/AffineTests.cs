using VaeToolkit.WeightPriors.Volumes;

namespace VaeToolkit.WeightPriors.Tests.Volumes;

public sealed class AffineTests
{
    private static readonly Affine Map = Affine.FromRows(2, 1, 0, 5, 0, 3, 1, 6, 1, 0, 4, 7);

    [Fact]
    public void Points_directions_determinant_and_spacing_are_those_of_the_matrix()
    {
        Map.Apply(new(1, 2, 3)).Should().Be(new Vector3D(9, 15, 20));
        Map.Direction(new(1, 2, 3)).Should().Be(new Vector3D(4, 9, 13));
        Map.Determinant.Should().Be(25);
        Map.Spacing.Should().Be(new Vector3D(Math.Sqrt(5), Math.Sqrt(10), Math.Sqrt(17)));
        (Map[0, 1], Map[2, 3]).Should().Be((1, 7));
    }

    [Fact]
    public void The_inverse_undoes_the_map_and_a_product_applies_the_right_one_first()
    {
        (Map * Map.Inverse()).IsCloseTo(Affine.Identity, 1e-12).Should().BeTrue();
        (Map.Inverse() * Map).IsCloseTo(Affine.Identity, 1e-12).Should().BeTrue();
        var point = new Vector3D(0.5, -1, 2);
        ((Map * Affine.Translation(new(1, 2, 3))).Apply(point) - Map.Apply(new(1.5, 1, 5))).Length.Should().BeLessThan(1e-12);
    }

    [Fact]
    public void What_is_no_invertible_map_is_refused()
    {
        var few = () => Affine.FromRows(1, 2, 3);
        few.Should().Throw<ArgumentException>().WithMessage("*12 in all, but 3*");
        var flat = () => Affine.FromRows(1, 2, 3, 0, 2, 4, 6, 0, 0, 0, 1, 0);
        flat.Should().Throw<ArgumentException>().WithMessage("*cannot be inverted*");
        var infinite = () => Affine.Translation(new(double.NaN, 0, 0));
        infinite.Should().Throw<ArgumentException>().WithMessage("*not finite*");
    }
}
