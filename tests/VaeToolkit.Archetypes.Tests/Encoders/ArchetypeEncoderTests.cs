using TorchSharp;
using VaeToolkit.Archetypes.Tests.Models;

namespace VaeToolkit.Archetypes.Tests.Encoders;

public sealed class ArchetypeEncoderTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Rows_of_both_matrices_sum_to_one_and_means_are_inside_the_simplex(int archetypes)
    {
        using var scope = torch.NewDisposeScope();
        using var encoder = ArchetypeEncoder.Mlp(4, archetypes, [8]);
        var reading = encoder.Read(SmallModels.Items(50) * 20);
        reading.Weights.shape.Should().Equal(50, archetypes);
        reading.Mixing().shape.Should().Equal(archetypes, 50);
        foreach (var matrix in new[] { reading.Weights, reading.Mixing() })
        {
            matrix.min().ToDouble().Should().BeGreaterThanOrEqualTo(0);
            matrix.sum(-1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-5);
        }
        // Barycentric coordinates of μ are A itself.
        var products = reading.Posterior.Mean.mm(encoder.Vertices.transpose(0, 1));
        var coordinates = (products * (archetypes - 1) / archetypes) + (1.0 / archetypes);
        coordinates.Values().Zip(reading.Weights.Values()).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
    }

    [Fact]
    public void The_order_of_a_batch_and_its_doubling_leave_the_predicted_vertices_as_they_are()
    {
        using var scope = torch.NewDisposeScope();
        using var encoder = ArchetypeEncoder.Mlp(4, 3, [8]);
        encoder.to(torch.float64);
        var items = SmallModels.Items(40).to(torch.float64);
        var predicted = encoder.Read(items).PredictedVertices().Values();
        foreach (var same in new[] { items.flip(0), items.roll(7, 0), torch.cat([items, items]) })
        {
            encoder.Read(same).PredictedVertices().Values().Zip(predicted).Should().OnlyContain(
                pair => Math.Abs(pair.First - pair.Second) < 1e-12);
        }
    }

    [Fact]
    public void The_vertices_are_predicted_where_the_mixing_picks_items_that_sit_on_them()
    {
        using var scope = torch.NewDisposeScope();
        var vertices = torch.tensor(new ArchetypeSimplex(4).Vertices());
        var weights = torch.cat([torch.full([5, 4], 0.25, dtype: torch.float64), torch.eye(4, dtype: torch.float64)]);
        var logits = torch.cat([torch.zeros(5, 4, dtype: torch.float64), torch.eye(4, dtype: torch.float64) * 60]);
        var means = weights.mm(vertices);
        var reading = new ArchetypeReading(weights, logits, new(means, torch.zeros_like(means)));
        (reading.PredictedVertices() - vertices).square().mean().ToDouble().Should().BeLessThan(1e-20);
    }

    [Fact]
    public void The_scale_is_a_softplus_within_its_range()
    {
        using var scope = torch.NewDisposeScope();
        using var encoder = ArchetypeEncoder.Mlp(4, 3, [8], new() { LogVariance = new(-6, 2) });
        using var noGradient = torch.no_grad();
        foreach (var (bias, expected) in new[] { (0.0, 2 * Math.Log(Math.Log(2))), (-50.0, -6.0), (50.0, 2.0), (-200.0, -6.0) })
        {
            encoder.get_parameter("scale.weight")!.zero_();
            encoder.get_parameter("scale.bias")!.fill_(bias);
            encoder.Read(SmallModels.Items(3)).Posterior.LogVariance.Values().Should().OnlyContain(
                value => Math.Abs(value - expected) < 1e-5);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_logarithm_of_a_scale_far_below_is_the_head_itself_and_so_is_its_slope(bool inRange)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var type in new[] { torch.float32, torch.float64 })
        {
            using var encoder = ArchetypeEncoder.Mlp(4, 3, [8], new() { LogVariance = inRange ? new(-300, 2) : null });
            encoder.to(type);
            var (bias, weight) = (encoder.get_parameter("scale.bias")!, encoder.get_parameter("scale.weight")!);
            // d log softplus(a) / da = sigmoid(a) / softplus(a), which tends to 1.
            foreach (var (at, expected, slope) in new[]
            {
                (-1000.0, inRange ? -300.0 : -2000.0, inRange ? 0.0 : 2), (-120, -240, 2), (-104.5, -209, 2), (-37.5, -75, 2),
                (-36.5, -73, 2), (0, 2 * Math.Log(Math.Log(2)), 1 / Math.Log(2)), (2, 2 * Math.Log(2 + Math.Log(1 + Math.Exp(-2))),
                    2 / (1 + Math.Exp(-2)) / (2 + Math.Log(1 + Math.Exp(-2)))),
            })
            {
                using (torch.no_grad())
                {
                    weight.zero_();
                    bias.fill_(at);
                }
                encoder.zero_grad();
                var logVariance = encoder.Read(SmallModels.Items(3).to(type)).Posterior.LogVariance;
                logVariance.Values().Should().OnlyContain(value => Math.Abs(value - expected) <= 1e-6 * (1 + Math.Abs(expected)));
                logVariance.sum().backward();
                bias.grad!.Values().Should().OnlyContain(value => Math.Abs(value / 3 - slope) < 1e-5, $"at {at}");
                weight.grad!.Values().Should().OnlyContain(value => double.IsFinite(value));
            }
        }
    }

    [Fact]
    public void A_trunk_of_ones_own_is_taken_and_refused_where_its_features_do_not_fit()
    {
        using var scope = torch.NewDisposeScope();
        using var encoder = new ArchetypeEncoder(torch.nn.Linear(4, 7), 7, 3, null);
        encoder.forward(SmallModels.Items(5)).Mean.shape.Should().Equal(5, 2);
        using var wrong = new ArchetypeEncoder(torch.nn.Linear(4, 6), 7, 3, null);
        FluentActions.Invoking(() => wrong.forward(SmallModels.Items(5))).Should().Throw<ArgumentException>().WithMessage("*5, 6*N, 7*");
    }

    [Fact]
    public void Pictures_are_taken_in_their_shape_or_flat()
    {
        using var scope = torch.NewDisposeScope();
        using var encoder = ArchetypeEncoder.Convolutional([1, 8, 8], 3, [2, 3], 5);
        var pictures = SmallModels.Items(6, 64);
        encoder.forward(pictures.reshape(6, 1, 8, 8)).Mean.Values().Should().Equal(encoder.forward(pictures).Mean.Values());
        FluentActions.Invoking(() => encoder.forward(SmallModels.Items(6, 63))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ArchetypeEncoder.Convolutional([1, 6, 8], 3, [2, 3])).Should().Throw<ArgumentException>()
            .WithMessage("*divisible by 4*");
    }

    [Fact]
    public void Numbers_out_of_their_range_are_refused()
    {
        FluentActions.Invoking(() => ArchetypeEncoder.Mlp(4, 1, [8])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ArchetypeEncoder.Mlp(0, 3, [8])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ArchetypeEncoder.Mlp(4, 3, [])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ArchetypeEncoder.Mlp(4, 3, [8], new() { LogVariance = new(1, 1) })).Should()
            .Throw<ArgumentException>();
        FluentActions.Invoking(() => new ArchetypeEncoder(torch.nn.Identity(), 0, 3, null)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
