namespace VaeToolkit.Volumes.Tests;

public sealed class AffineTests
{
    private static readonly Affine s_map = Affine.FromRows(2, 1, 0, 5, 0, 3, 1, 6, 1, 0, 4, 7);

    [Fact]
    public void Points_directions_determinant_and_spacing_are_those_of_the_matrix()
    {
        s_map.Apply(new(1, 2, 3)).Should().Be(new Vector3D(9, 15, 20));
        s_map.Direction(new(1, 2, 3)).Should().Be(new Vector3D(4, 9, 13));
        s_map.Determinant.Should().Be(25);
        s_map.Spacing.Should().Be(new Vector3D(Math.Sqrt(5), Math.Sqrt(10), Math.Sqrt(17)));
        (s_map[0, 1], s_map[2, 3]).Should().Be((1, 7));
    }

    [Fact]
    public void The_inverse_undoes_the_map_and_a_product_applies_the_right_one_first()
    {
        (s_map * s_map.Inverse()).IsCloseTo(Affine.Identity, 1e-12).Should().BeTrue();
        (s_map.Inverse() * s_map).IsCloseTo(Affine.Identity, 1e-12).Should().BeTrue();
        var point = new Vector3D(0.5, -1, 2);
        ((s_map * Affine.Translation(new(1, 2, 3))).Apply(point) - s_map.Apply(new(1.5, 1, 5))).Length.Should().BeLessThan(1e-12);
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
