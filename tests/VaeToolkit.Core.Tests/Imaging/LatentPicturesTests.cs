using TorchSharp;
using VaeToolkit.Tests.Evaluation;

namespace VaeToolkit.Tests.Imaging;

public sealed class LatentPicturesTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Traversal_changes_one_feature_a_row()
    {
        // This model's items begin with the code itself, and so do its pictures.
        using var model = GivenPosteriors.Model(2);
        var item = torch.tensor(new[,] { { 0.5, -0.25, 0.0, 0.0 } });
        var pictures = LatentPictures.Traversal(model, item, from: -1, to: 1, steps: 3);
        pictures.shape.Should().Equal(6, 4);
        pictures.narrow(1, 0, 2).Values().Should().Equal(-1, -0.25, 0, -0.25, 1, -0.25, 0.5, -1, 0.5, 0, 0.5, 1);
        LatentPictures.Traversal(model, item, [1], steps: 2).narrow(1, 0, 2).Values().Should().Equal(0.5, -3, 0.5, 3);
    }

    [Fact]
    public void Interpolation_begins_and_ends_at_the_items()
    {
        using var model = GivenPosteriors.Model(2);
        var from = torch.tensor(new[,] { { 0.1, 0.3, 0.0, 0.0 }, { 1.0, 2.0, 0.0, 0.0 } });
        var to = torch.tensor(new[,] { { 0.7, -0.3, 0.0, 0.0 }, { 3.0, 2.0, 0.0, 0.0 } });
        var codes = LatentPictures.Interpolation(model, from, to, 3).narrow(1, 0, 2).Values();
        codes.Should().Equal([0.1, 0.3, 0.4, 0, 0.7, -0.3, 1, 2, 2, 2, 3, 2], (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Map_lies_at_the_priors_quantiles_with_the_second_feature_upwards()
    {
        using var model = GivenPosteriors.Model(2);
        const double Quartile = 0.6744897501960817;
        var codes = LatentPictures.Map2D(model, 2).narrow(1, 0, 2).Values();
        codes.Should().Equal(
            [-Quartile, Quartile, Quartile, Quartile, -Quartile, -Quartile, Quartile, -Quartile], (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Scatter_puts_a_dot_of_the_labels_colour_at_each_mean()
    {
        using var model = GivenPosteriors.Model(2);
        using var data = new TensorData(
            torch.tensor(new[,] { { -1.0, -1.0, 0.0, 0.0 }, { 1.0, 1.0, 0.0, 0.0 } }), torch.tensor(new long[] { 0, 7 }));
        var picture = LatentPictures.Scatter(model, data, side: 101);
        picture.shape.Should().Equal(1, 3, 101, 101);
        At(5, 95).Should().Equal([0, 0.447, 0.698], (a, b) => Math.Abs(a - b) < 1e-6, "label 0 is at the lower left");
        At(95, 5).Should().Equal(0, 0, 0);
        At(50, 50).Should().Equal(1, 1, 1);

        double[] At(long x, long y) => picture.select(0, 0).select(1, y).select(1, x).Values();
    }

    [Fact]
    public void Means_that_differ_by_rounding_only_are_one_place()
    {
        using var model = GivenPosteriors.Model(2);
        using var data = new TensorData(
            torch.tensor(new[,] { { 0.7, 1.0, 0.0, 0.0 }, { 0.7 + 6e-8, 3.0, 0.0, 0.0 }, { 0.7 - 6e-8, 2.0, 0.0, 0.0 } }));
        var columns = LatentPictures.Scatter(model, data, side: 101).select(0, 0).select(0, 0).lt(1).any(0).to(torch.int32).sum();
        columns.ToInt32().Should().Be(5, "all dots, five pixels wide, are in one column");
    }

    [Fact]
    public void Requests_that_cannot_be_met_are_named_and_nothing_leaks()
    {
        using var model = GivenPosteriors.Model(3);
        var item = torch.zeros([1L, 6L], dtype: torch.float64);
        FluentActions.Invoking(() => LatentPictures.Map2D(model))
            .Should().Throw<ArgumentException>().WithMessage("*3 latent features*needs 2*");
        FluentActions.Invoking(() => LatentPictures.Traversal(model, item, [3]))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("features");
        FluentActions.Invoking(() => LatentPictures.Traversal(model, item.repeat(2, 1)))
            .Should().Throw<ArgumentException>().WithParameterName("item");
        FluentActions.Invoking(() => LatentPictures.Interpolation(model, item, item, 1)).Should().Throw<ArgumentOutOfRangeException>();
        var before = Reference.LiveTensors();
        LatentPictures.Traversal(model, item).Dispose();
        LatentPictures.Interpolation(model, item, item).Dispose();
        torch.Tensor.TotalCount.Should().Be(before);
    }
}
