using TorchSharp;

namespace VaeToolkit.Molecules.Tests.Search;

/// <summary>A search never goes down, stays in its region, and finds what can be known.</summary>
public sealed class LatentSearchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1e160)]
    [InlineData(1e-170)]
    public void Regions_of_data_have_their_unit(double unit)
    {
        using var scope = torch.NewDisposeScope();
        var points = torch.tensor(new double[,] { { 3, 0 }, { -3, 0 }, { 0, 4 }, { 0, -4 } }) * unit;
        var region = LatentRegion.OfData(points, 0.999);
        (region.Radius / unit).Should().BeApproximately(4, 0.01);
        region.Nearest(torch.tensor(new double[,] { { 30, 40 } }) * unit).flatten().data<double>().ToArray()
            .Should().Equal([0.6 * region.Radius, 0.8 * region.Radius], (a, b) => Math.Abs(a - b) < 1e-12 * region.Radius);
        using var neighbours = new NearestNeighbours(points, [1, 2, 3, 4]);
        neighbours.Find(torch.tensor(new double[,] { { 1, 3 }, { -2, 1 } }) * unit, 2).Should().BeEquivalentTo(
            new[] { new[] { 2, 0 }, [1, 2] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_value_without_a_gradient_is_refused_and_does_not_end_the_process()
    {
        using var scope = torch.NewDisposeScope();
        var (starts, region) = (torch.randn(3, 2), LatentRegion.OfPrior(2));
        foreach (var value in new Func<torch.Tensor, torch.Tensor>[]
                 {
                     z => torch.ones(z.shape[0]), z => z.detach().sum(1), z => z.sum(1).to(torch.int64),
                 })
            FluentActions.Invoking(() => LatentSearch.Ascend(value, starts, region)).Should().ThrowExactly<ArgumentException>()
                .WithMessage("value must be differentiable in its latent vectors*");
        var other = torch.ones(1).requires_grad_();
        LatentSearch.Ascend(z => other.expand(z.shape[0]), starts, region).Values.Should().Equal(1, 1, 1);
        FluentActions.Invoking(() => LatentSearch.Random(z => z.sum(1) * float.NaN, 4, region, seed: 1))
            .Should().ThrowExactly<ArgumentException>().WithMessage("the value of point 0 is NaN*");
    }

    [Fact]
    public void What_libtorch_says_of_a_value_is_one_line()
    {
        using var scope = torch.NewDisposeScope();
        var region = LatentRegion.OfPrior(2);
        torch.Tensor Value(torch.Tensor points) => (points + torch.zeros(7, 3)).sum(1);
        Action[] searches =
            [() => LatentSearch.Ascend(Value, torch.zeros(4, 2), region), () => LatentSearch.Random(Value, 4, region, seed: 1)];
        foreach (var search in searches)
            search.Should().Throw<InvalidOperationException>().Which.Message.Should().StartWith("value on [4, 2] float32 on cpu fails: ")
                .And.NotContain("\n");
    }

    [Fact]
    public void The_priors_ball_holds_any_share()
    {
        // Of two features 1 − e^(−r²/2).
        foreach (var share in new[] { 1e-300, 1e-12, 0.3, 0.95, 1 - 1e-12, 1 - 1e-16 })
        {
            var expected = Math.Sqrt(-2 * (share < 0.5 ? share < 1e-8 ? -share : Math.Log(1 - share) : Math.Log(1 - share)));
            LatentRegion.OfPrior(2, share).Radius.Should().BeApproximately(expected, expected * 1e-9);
        }
        LatentRegion.OfPrior(56).Radius.Should().BeApproximately(Math.Sqrt(74.46832), 1e-5, "tables have it");
    }

    [Fact]
    public void Points_far_out_come_to_the_surface_in_their_direction_and_what_is_no_number_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var region = LatentRegion.OfPrior(2);
        var at = region.Radius / Math.Sqrt(2);
        region.Nearest(torch.tensor([1e30f, -1e30f]).reshape(1, 2)).to(torch.float64).Values()
            .Should().Equal([at, -at], (a, b) => Math.Abs(a - b) < 1e-6);
        foreach (var value in new[] { float.NaN, float.PositiveInfinity })
            FluentActions.Invoking(() => region.Nearest(torch.tensor([0, value]).reshape(1, 2))).Should().ThrowExactly<ArgumentException>()
                .WithMessage("z holds NaN or infinity in item 0, at [0, 1]*");
    }

    [Fact]
    public void It_never_lowers_the_surrogate_and_stays_inside()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(2);
        var latents = torch.randn(60, 4, dtype: torch.float64);
        var targets = (latents.select(1, 0) * 3).sin() + latents.select(1, 1).cos();
        using var process = GaussianProcess.Fit(latents, targets, new() { Steps = 20 });
        var region = LatentRegion.OfData(latents, 0.8);
        foreach (var value in new Func<torch.Tensor, torch.Tensor>[]
        {
            process.PredictMean, z => process.ExpectedImprovement(z, targets.max().ToDouble()),
        })
        {
            var best = new List<double>();
            var found = LatentSearch.Ascend(
                value, latents.narrow(0, 0, 30), region, new() { Steps = 25 }, new Listener(step => best.Add(step.Best)));
            found.Values.Should().HaveCount(30);
            found.Values.Zip(found.StartValues).Should().OnlyContain(pair => pair.First >= pair.Second);
            found.Values.Sum().Should().BeGreaterThan(found.StartValues.Sum());
            best.Should().BeInAscendingOrder();
            value(found.Points).Values().Should().Equal(found.Values);
            (region.Nearest(found.Points) - found.Points).abs().max().ToDouble().Should().BeLessThan(1e-12);
        }
    }

    [Theory]
    [InlineData(80)]
    [InlineData(-80)]
    public void The_way_up_does_not_depend_on_the_unit_of_what_is_to_be_high(int exponent)
    {
        // A power of two changes no digit; its square is no float32.
        using var scope = torch.NewDisposeScope();
        var (starts, region) = (torch.tensor([1f, -0.5f, 0.3f, 0.7f]).reshape(2, 2), LatentRegion.OfPrior(2));
        var plain = LatentSearch.Ascend(z => Value(z), starts, region, new() { Steps = 8 });
        var scaled = LatentSearch.Ascend(z => Value(z) * Math.ScaleB(1, exponent), starts, region, new() { Steps = 8 });
        scaled.Points.Values().Should().Equal(plain.Points.Values());
        plain.Points.Values().Should().NotEqual(starts.Values());

        static torch.Tensor Value(torch.Tensor z) => z.sin().sum(1) + z.square().sum(1);
    }

    [Fact]
    public void It_finds_the_top_of_a_hill_inside_and_the_nearest_point_where_the_top_is_outside()
    {
        using var scope = torch.NewDisposeScope();
        var region = LatentRegion.OfPrior(3, 0.9);
        var starts = torch.tensor(new[,] { { 0.5, -1, 0.2 }, { 9, 9, 9 } });
        foreach (var factor in new[] { 0.4, 5.0 })
        {
            var top = torch.tensor([1.0, 2.0, -2.0]) / 3 * region.Radius * factor;
            var found = LatentSearch.Ascend(
                z => -(z - top).square().sum(-1), starts, region, new() { Steps = 400, ShortestStep = 1e-9 });
            var expected = top * Math.Min(1, 1 / factor);
            (found.Points - expected).abs().max().ToDouble().Should().BeLessThan(1e-3);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e8)]
    public void Every_item_is_its_own_nearest_neighbour_wherever_the_latents_are(double offset)
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(7);
        var latents = torch.rand(60, 2, torch.float64) + offset;
        using var neighbours = new NearestNeighbours(latents, [.. Enumerable.Range(0, 60).Select(i => (double)i)]);
        neighbours.Find(latents).Select(found => found[0]).Should().Equal(Enumerable.Range(0, 60));
        neighbours.Predict(latents).Should().Equal(Enumerable.Range(0, 60).Select(i => (double)i));
        FluentActions.Invoking(() => neighbours.Find(torch.full([1, 2], double.NaN))).Should().Throw<ArgumentException>()
            .WithMessage("*NaN*item 0*");
    }

    [Fact]
    public void A_model_in_float64_is_searched_with_its_properties()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Models.SmallMolecules.Model();
        model.to(torch.float64);
        var found = LatentSearch.Random(z => model.Predict(z).select(-1, 0), 5, LatentRegion.OfPrior((int)model.LatentSize), seed: 1);
        found.Values.Should().HaveCount(5).And.OnlyContain(value => double.IsFinite(value));
        FluentActions.Invoking(() => model.Predict(torch.full([1, model.LatentSize], double.NaN))).Should().Throw<ArgumentException>()
            .WithMessage("*NaN*");
        FluentActions.Invoking(() => model.to("banana")).Should().Throw<ArgumentException>().WithMessage("*'banana' is not known*");
    }

    [Fact]
    public void The_region_of_the_prior_holds_its_share_and_that_of_data_too()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        var draws = torch.randn(20_000, 7);
        foreach (var region in new[] { LatentRegion.OfPrior(7, 0.9), LatentRegion.OfData(draws, 0.9) })
        {
            var inside = (draws.square().sum(1).sqrt() <= region.Radius).to(torch.float64).mean().ToDouble();
            inside.Should().BeApproximately(0.9, 4 * Math.Sqrt(0.09 / 20_000));
        }
        // Of two features the radius is that of an exponential distribution.
        LatentRegion.OfPrior(2, 0.9).Radius.Should().BeApproximately(Math.Sqrt(-2 * Math.Log(0.1)), 1e-10);
    }

    [Fact]
    public void Random_search_draws_from_the_prior_by_its_seed()
    {
        using var scope = torch.NewDisposeScope();
        var region = LatentRegion.OfPrior(2, 0.5);
        var found = LatentSearch.Random(z => z.sum(-1), 100, region, 4);
        found.Points.square().sum(1).sqrt().max().ToDouble().Should().BeApproximately(region.Radius, 1e-5);
        LatentSearch.Random(z => z.sum(-1), 100, region, 4).Values.Should().Equal(found.Values);
        LatentSearch.Random(z => z.sum(-1), 100, region, 5).Values.Should().NotEqual(found.Values);
    }

    [Fact]
    public void Neighbours_are_those_of_comparing_all()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(5);
        var (known, asked) = (torch.randn(40, 3), torch.randn(9, 3));
        double[] values = [.. Enumerable.Range(0, 40).Select(i => i * 0.5)];
        using var neighbours = new NearestNeighbours(known, values);
        var (found, predicted) = (neighbours.Find(asked, 3), neighbours.Predict(asked, 3));
        for (var m = 0; m < 9; m++)
        {
            var order = Enumerable.Range(0, 40).OrderBy(i => (known[i] - asked[m]).square().sum().ToDouble()).Take(3).ToArray();
            found[m].Should().Equal(order);
            predicted[m].Should().BeApproximately(order.Average(i => values[i]), 1e-12);
        }
    }

    [Fact]
    public void What_cannot_be_is_refused_and_a_stopped_search_gives_what_it_has()
    {
        using var scope = torch.NewDisposeScope();
        var region = LatentRegion.OfPrior(2);
        var starts = torch.zeros(3, 2);
        Refused(() => LatentSearch.Ascend(z => z.sum(-1), torch.zeros(3, 4), region), "*[3, 4]*[N, 2]*");
        Refused(() => LatentSearch.Ascend(z => z.sum(), starts, region), "*[3] numbers*");
        Refused(() => LatentSearch.Ascend(z => z.sum(-1) / 0 * 0, starts, region), "*not finite*");
        Refused(() => LatentRegion.OfPrior(2, 1), "*between 0 and 1*");
        Refused(() => LatentRegion.OfPrior(0), "*at least 1*");
        Refused(() => LatentSearch.Random(z => z.sum(-1), 0, region, 1), "*at least 1*");
        Refused(() => LatentSearch.Ascend(z => z.sum(-1), starts, region, new() { FirstStep = 0 }), "*FirstStep*");
        using var neighbours = new NearestNeighbours(starts, [1, 2, 3]);
        Refused(() => neighbours.Find(starts, 4), "*3 known*");
        Refused(() => new NearestNeighbours(starts, [1, 2]), "*2 values*");
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var found = LatentSearch.Ascend(z => z.sum(-1), starts, region, cancellationToken: stopped.Token);
        found.Values.Should().Equal(found.StartValues);
    }

    private static void Refused(Func<object?> action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    private sealed class Listener(Action<LatentSearchProgress> heard) : IProgress<LatentSearchProgress>
    {
        public void Report(LatentSearchProgress value) => heard(value);
    }
}
