using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class SpriteDataTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Grid_holds_every_combination_once_with_pictures_that_all_differ()
    {
        using var sprites = SpriteData.Draw(
            new() { Scales = 2, Orientations = 3, ColumnPositions = 3, RowPositions = 4 }, Binarisation.None);
        sprites.Factors.Sizes.Should().Equal(3, 2, 3, 3, 4);
        sprites.Factors.Names.Should().Equal("shape", "scale", "orientation", "column", "row");
        sprites.Images.Count.Should().Be(216);
        sprites.Factors.Entropy(4).Should().BeApproximately(Math.Log(4), 1e-12);
        sprites.Images.ReadLabels().Should().Equal(sprites.Factors[0].ToArray().Select(value => (long)value));
        var items = sprites.Images.InOrder(216).Select(batch => batch.Items.flatten(1).clone()).Single();
        items.shape.Should().Equal(216, 1024);
        items.Values().Chunk(1024).Select(row => string.Join(' ', row)).Distinct().Should().HaveCount(216);
    }

    [Fact]
    public void Column_and_row_move_the_shape_and_scale_enlarges_it()
    {
        using var sprites = SpriteData.Draw(
            new() { Shapes = 1, Scales = 2, Orientations = 1, ColumnPositions = 2, RowPositions = 2, Side = 40 }, Binarisation.None);
        var items = sprites.Images.InOrder(8).Select(batch => batch.Items.clone()).Single();
        var ink = items.sum([1L, 2L, 3L]);
        var across = (items.sum([1L, 2L]) * torch.arange(40, dtype: torch.float32)).sum(-1) / ink;
        var down = (items.sum([1L, 3L]) * torch.arange(40, dtype: torch.float32)).sum(-1) / ink;
        for (var i = 0; i < 8; i++)
        {
            var (scale, column, row) = (sprites.Factors[1][i], sprites.Factors[3][i], sprites.Factors[4][i]);
            var side = 1.4 * 0.22 * (scale == 0 ? 0.5 : 1) * 40;
            ink.Values()[i].Should().BeApproximately(side * side, 0.12 * side * side, "the square's area");
            across.Values()[i].Should().BeApproximately((column == 0 ? 0.22 : 0.78) * 40 - 0.5, 0.2);
            down.Values()[i].Should().BeApproximately((row == 0 ? 0.22 : 0.78) * 40 - 0.5, 0.2);
        }
    }

    [Fact]
    public void Sizes_out_of_range_are_named()
    {
        Refused(new() { Shapes = 4 }, "Shapes");
        Refused(new() { Scales = 0 }, "Scales");
        Refused(new() { Side = 7 }, "Side");
        FluentActions.Invoking(() => SpriteData.Draw(new() { Orientations = 4000, RowPositions = 400 }))
            .Should().Throw<ArgumentException>().WithMessage("*at most 2 GB*");
        FluentActions.Invoking(() => new FactorTable(["a"], [[0], [-1]])).Should().Throw<ArgumentException>().WithMessage("item 1*");
        FluentActions.Invoking(() => new FactorTable(["a"], [[int.MaxValue]])).Should().Throw<ArgumentException>().WithMessage("item 0*");
        // The memory is of the values there are.
        new FactorTable(["seconds"], [[1_700_000_000], [1_700_000_001]]).Entropy(0).Should().BeApproximately(Math.Log(2), 1e-15);

        static void Refused(SpriteGrid grid, string name)
            => FluentActions.Invoking(() => SpriteData.Draw(grid)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
    }
}
