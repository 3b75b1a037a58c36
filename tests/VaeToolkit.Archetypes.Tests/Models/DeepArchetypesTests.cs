using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Archetypes.Tests.Models;

public sealed class DeepArchetypesTests
{
    [Fact]
    public void Vertices_and_points_of_a_float64_model_have_all_their_digits()
    {
        using var scope = torch.NewDisposeScope();
        using var prior = new DirichletPrior(4, new() { Points = 40 });
        using var model = SmallModels.Plain(4, prior);
        model.to(torch.float64);
        var exact = new ArchetypeSimplex(4).Vertices().Cast<double>().ToArray();
        model.Encoder.Vertices.Values().Should().Equal(exact);
        model.Encoder.get_buffer("vertices")!.Values().Should().Equal(exact, "a step on a GPU takes what is there");
        var points = torch.tensor(DirichletPoints.Of(4, 1, 40)).mm(torch.tensor(new ArchetypeSimplex(4).Vertices()));
        prior.get_buffer("points")!.Values().Zip(points.Values()).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-15);
        var z = torch.randn(5, 3, dtype: torch.float64);
        var logProb = (points.unsqueeze(0) - z.unsqueeze(1)).square().sum(-1) * -0.5 - 1.5 * Math.Log(2 * Math.PI);
        prior.LogProb(z).Values().Zip((logProb.logsumexp(1) - Math.Log(40)).Values())
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-13);
        model.to(torch.float32);
        model.Encoder.Vertices.dtype.Should().Be(torch.float32);
    }

    [Fact]
    public void The_ends_of_an_edge_and_pure_mixtures_are_archetypes()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        var archetypes = model.Archetypes();
        archetypes.shape.Should().Equal(3, 4);
        model.Mixtures(torch.eye(3)).Values().Should().Equal(archetypes.Values());
        var way = model.Interpolate(2, 0, 5);
        way.shape.Should().Equal(5, 4);
        RequireClose(way[0], archetypes[2]);
        RequireClose(way[4], archetypes[0]);
        RequireClose(way[2], model.Mixtures(torch.tensor(new[,] { { 0.5f, 0, 0.5f } }))[0]);
        archetypes.requires_grad.Should().BeFalse();
    }

    [Fact]
    public void Weights_are_mixtures_and_side_information_is_read_from_the_mean()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.WithSide();
        var x = SmallModels.Items(7);
        var weights = model.Weights(x);
        weights.sum(-1).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-5);
        RequireClose(model.Encode(x).Mean, weights.mm(model.Vertices));
        RequireClose(model.PredictSide(x), model.DecodeSide(weights.mm(model.Vertices)).Mean);
    }

    [Fact]
    public void Samples_are_mixtures_and_repeat_with_their_seed()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        var one = model.Sample(9, seed: 4).Values();
        one.Should().HaveCount(36);
        model.Sample(9, seed: 4).Values().Should().Equal(one);
        model.Sample(9, seed: 5).Values().Should().NotEqual(one);
        // At a vertex almost always.
        var archetypes = model.Archetypes();
        var distances = torch.cdist(model.Sample(50, concentration: 1e-3, seed: 1), archetypes).min(-1).values;
        distances.Values().Count(distance => distance < 1e-3).Should().BeGreaterThan(40);
        FluentActions.Invoking(() => model.Sample(3, concentration: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => model.Sample(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_folder_gives_back_the_same_model()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.WithSide();
        model.Save(folder["model"]);
        using var loaded = DeepArchetypes.Load(folder["model"]);
        var x = SmallModels.Items(5);
        loaded.Weights(x).Values().Should().Equal(model.Weights(x).Values());
        loaded.Archetypes().Values().Should().Equal(model.Archetypes().Values());
        loaded.PredictSide(x).Values().Should().Equal(model.PredictSide(x).Values());
        loaded.ToString().Should().Be(model.ToString());
        model.SaveWeights(folder["weights"]);
        using var other = SmallModels.WithSide();
        other.LoadWeights(folder["weights"]);
        other.Weights(x).Values().Should().Equal(model.Weights(x).Values());
    }

    [Fact]
    public void Training_and_asking_leave_no_tensor_behind()
    {
        using var model = SmallModels.WithSide();
        void Round()
        {
            using var scope = torch.NewDisposeScope();
            var items = SmallModels.Items(70, 6);
            using var data = model.Items(items.narrow(1, 0, 4), items.narrow(1, 4, 2));
            Trainer.Fit(model, new ArchetypeObjective(), data, data, new() { Epochs = 2, BatchSize = 35 });
            VertexReport.Of(model, data);
            model.Sample(3);
            model.Interpolate(0, 1, 3);
        }
        Round();
        var before = Reference.LiveTensors();
        Round();
        torch.Tensor.TotalCount.Should().BeLessThanOrEqualTo(before);
    }

    // What the rest of the library does with autoencoders, it does with this one.
    [Fact]
    public void It_is_evaluated_as_any_other_autoencoder()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain(prior: new DirichletPrior(3));
        using var data = model.Items(SmallModels.Items(20));
        var estimate = Evaluate.NegativeLogLikelihood(model.Vae, data, new() { Samples = 20, Seed = 1 });
        double.IsFinite(estimate.Mean).Should().BeTrue();
        using var frozen = model.Vae.Freeze();
        frozen.Sample(3, seed: 1).shape.Should().Equal(3, 4);
    }

    // Points between two ends: the segment of k = 2, with vertices 1 and −1.
    [Fact]
    public void Two_archetypes_are_the_ends_of_a_line()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var model = new DeepArchetypes(
            ArchetypeEncoder.Mlp(2, 2, [16]), new MlpDecoder(1, [16], ObservationModel.Gaussian(0.01, 2)), new DirichletPrior(2));
        var share = DirichletWeights.Draw(400, 2, 0.5).narrow(1, 0, 1).to(torch.float32);
        var (one, other) = (torch.tensor(new[,] { { 1f, 2f } }), torch.tensor(new[,] { { -1f, 0f } }));
        using var data = model.Items((one * share) + (other * (1 - share)));
        Trainer.Fit(model, new ArchetypeObjective(new() { KlWeight = 1, ArchetypeWeight = 50 }), data, options: new()
        {
            Epochs = 40,
            BatchSize = 80,
            LearningRate = 5e-3,
            Seed = 1,
        });
        var archetypes = RowMatrix.Of(model.Archetypes(), "archetypes");
        VertexMatch.Of(archetypes, RowMatrix.Of(torch.cat([one, other]), "ends")).LargestDistance.Should().BeLessThan(0.25);
        model.Weights(torch.cat([one, other])).max(-1).values.min().ToDouble().Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void A_large_weight_of_the_divergence_keeps_the_vertices_empty()
    {
        using var scope = torch.NewDisposeScope();
        double Loss(double klWeight)
        {
            using var seed = SeedScope.Begin(2);
            using var model = SmallModels.Plain();
            using var data = model.Items(SmallModels.Items(120));
            Trainer.Fit(
                model, new ArchetypeObjective(new() { KlWeight = klWeight, ArchetypeWeight = 50 }), data,
                options: new() { Epochs = 80, BatchSize = model.RecommendedBatchSize, LearningRate = 0.02, Seed = 2 });
            return VertexReport.Of(model, data).ArchetypeLoss;
        }
        Loss(klWeight: 1000).Should().BeGreaterThan(4 * Loss(klWeight: 0.01));
    }

    [Fact]
    public void A_batch_of_twenty_items_for_each_archetype_is_recommended()
    {
        using var model = SmallModels.Plain(archetypes: 4);
        model.RecommendedBatchSize.Should().Be(80);
    }

    [Fact]
    public void Batches_too_small_for_the_extremes_leave_vertices_that_all_data_do_not_reach()
    {
        using var scope = torch.NewDisposeScope();
        double Loss(int batchSize, int epochs)
        {
            using var seed = SeedScope.Begin(2);
            using var model = SmallModels.Plain();
            using var data = model.Items(SmallModels.Items(120));
            Trainer.Fit(
                model, new ArchetypeObjective(new() { KlWeight = 0.01, ArchetypeWeight = 50 }), data,
                options: new() { Epochs = epochs, BatchSize = batchSize, LearningRate = 0.02, Seed = 2 });
            return VertexReport.Of(model, data).ArchetypeLoss;
        }
        // 160 steps each.
        Loss(batchSize: 3, epochs: 4).Should().BeGreaterThan(2 * Loss(batchSize: 60, epochs: 80));
    }

    [Fact]
    public void The_scale_begins_small_beside_an_edge_for_items_of_size_one()
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(2);
        using var encoder = ArchetypeEncoder.Mlp(8, 3, [64, 64]);
        var scales = ((DiagonalNormal)encoder.forward(torch.randn(500, 8))).LogVariance.mul(0.5).exp();
        // An edge has the length √3.
        scales.mean().ToDouble().Should().BeInRange(0.08, 0.12);
        scales.max().ToDouble().Should().BeLessThan(0.3);
    }

    [Fact]
    public void Items_and_side_information_that_do_not_fit_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var plain = SmallModels.Plain();
        using var withSide = SmallModels.WithSide();
        var (x, y) = (SmallModels.Items(6), SmallModels.Items(6, 2));
        Refused(() => plain.Items(x, y), "*no side information*");
        Refused(() => withSide.Items(x), "*y is null*");
        Refused(() => withSide.Items(x, SmallModels.Items(5, 2)), "*as many*");
        Refused(() => withSide.Items(x, SmallModels.Items(6, 3)), "*2 values*");
        Refused(() => withSide.Items(x, y.to(torch.float64)), "*one type*");
        Refused(() => withSide.Items(SmallModels.Items(6, 5), y), "*4 values*");
        var bad = y.clone();
        bad[2, 1] = float.NaN;
        Refused(() => withSide.Items(x, bad), "*NaN*item 2*");
        bad = x.clone();
        bad[3, 0] = float.PositiveInfinity;
        Refused(() => withSide.Items(bad, y), "*item 3*");
        Refused(() => plain.Items(bad), "*3*");
        Refused(() => plain.Weights(bad), "*item 3*");
        Refused(() => plain.Weights(SmallModels.Items(6, 3)), "*4 values*");
        var t = torch.zeros(2, 2);
        t[1, 0] = float.NaN;
        Refused(() => plain.Decode(t), "z holds NaN*item 1, at [1, 0]*");
        Refused(() => withSide.DecodeSide(t), "t holds NaN*item 1, at [1, 0]*");
        FluentActions.Invoking(() => plain.PredictSide(x)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => plain.Interpolate(0, 3, 4)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 2*");
        FluentActions.Invoking(() => plain.Interpolate(-1, 0, 4)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => plain.Interpolate(0, 1, 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Mixtures_that_are_none_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        Refused(() => model.Mixtures(torch.tensor(new[,] { { 0.5f, 0.6f, 0.1f } })), "*sum to 1*");
        Refused(() => model.Mixtures(torch.tensor(new[,] { { 1.5f, -0.5f, 0f } })), "*at least 0*");
        Refused(() => model.Mixtures(torch.eye(2)), "*N, 3*");
        Refused(() => model.Mixtures(torch.tensor(new[,] { { float.NaN, 0.5f, 0.5f } })), "*NaN*");
    }

    [Fact]
    public void Parts_of_other_sizes_are_refused()
    {
        var encoder = ArchetypeEncoder.Mlp(4, 3, [6]);
        MlpDecoder Decoder(int latents) => new(latents, [6], ObservationModel.Gaussian(1, 4));
        Refused(() => _ = new DeepArchetypes(encoder, Decoder(3), new StandardNormalPrior(2)), "*");
        Refused(() => _ = new DeepArchetypes(encoder, Decoder(2), new StandardNormalPrior(3)), "*");
        Refused(() => _ = new DeepArchetypes(encoder, Decoder(2), new StandardNormalPrior(2), Decoder(4)), "*side decoder*4*2*");
    }

    private static void Refused(Action call, string message) => call.Should().Throw<ArgumentException>().WithMessage(message);

    private static void RequireClose(torch.Tensor one, torch.Tensor other)
        => one.Values().Zip(other.Values()).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);

    [Fact]
    public void Samples_are_means_or_draws_of_the_same_mixtures()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        var (means, draws) = (model.Sample(4000, seed: 4), model.Sample(4000, seed: 4, draws: true));
        draws.Values().Should().Equal(model.Sample(4000, seed: 4, draws: true).Values());
        // Of variance 0.5: 16,000 squares, whose mean has the standard error 0.5 √(2 / 16,000) = 0.0056.
        (draws - means).square().mean().ToDouble().Should().BeApproximately(0.5, 4 * 0.0056);
    }

    [Fact]
    public void A_model_in_float64_trains_samples_evaluates_and_comes_back_from_its_folder()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var model = SmallModels.Plain();
        model.to(torch.float64);
        using var data = model.Items(SmallModels.Items(60).to(torch.float64));
        Trainer.Fit(model, new ArchetypeObjective(), data, data, new() { Epochs = 1, BatchSize = 30 }).History.Should().ContainSingle();
        model.Sample(3, seed: 1).dtype.Should().Be(torch.float64);
        double.IsFinite(Evaluate.NegativeLogLikelihood(model.Vae, data, new() { Samples = 20 }).Mean).Should().BeTrue();
        model.Save(folder["model"]);
        using var loaded = DeepArchetypes.Load(folder["model"]);
        loaded.Sample(3, seed: 1).Values().Should().Equal(model.Sample(3, seed: 1).Values());
    }
}
