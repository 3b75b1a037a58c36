using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.VisualFields.Tests.Models;

public sealed class FieldModelTests : IDisposable
{
    private static readonly FieldLayout s_layout = FieldLayout.TwentyFourTwo;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void With_MMD_and_two_latent_features_it_has_the_authors_layers_and_57443_parameters()
    {
        using var vae = FieldVae.Create(s_layout, new() { LatentSize = 2, Regulariser = FieldRegulariser.Mmd });
        vae.parameters().Sum(parameter => parameter.NumberOfElements).Should().Be(57_443);
        vae.state_dict().Where(pair => pair.Key.Contains("trunk") || pair.Key.Contains("head"))
            .Select(pair => $"{pair.Key} {Shape.Text(pair.Value)}").Should().BeEquivalentTo(
            "encoder.trunk.conv1.weight [32, 1, 3, 3]", "encoder.trunk.conv1.bias [32]",
            "encoder.trunk.conv2.weight [64, 32, 3, 3]", "encoder.trunk.conv2.bias [64]",
            "encoder.head.weight [2, 256]", "encoder.head.bias [2]", "decoder.trunk.fc.weight [288, 2]", "decoder.trunk.fc.bias [288]",
            "decoder.trunk.deconv1.weight [32, 64, 3, 3]", "decoder.trunk.deconv1.bias [64]",
            "decoder.trunk.deconv2.weight [64, 32, 3, 3]", "decoder.trunk.deconv2.bias [32]",
            "decoder.trunk.deconv3.weight [32, 1, 3, 3]", "decoder.trunk.deconv3.bias [1]");
        var items = FieldPictures.Of(s_layout, SmallFields.Cohort(s_layout, 3, 1, 0, seed: 1).Fields);
        vae.Encode(items).Should().BeOfType<PointMass>().Which.Mean.shape.Should().Equal(3, 2);
        vae.Decode(torch.zeros(5, 3, 2)).Mean.shape.Should().Equal(5, 3, 2, 12, 12);
        using var normal = FieldVae.Create(s_layout, new() { LatentSize = 2, Regulariser = FieldRegulariser.Kl });
        normal.parameters().Sum(parameter => parameter.NumberOfElements).Should().Be(57_443 + 2 * 257 + 1);
    }

    [Fact]
    public void Pictures_have_fields_in_the_middle_and_a_mask_beside_them()
    {
        var field = new VisualField(0, [.. Enumerable.Range(0, 52).Select(k => k == 7 ? double.NaN : k * 0.5)]);
        var picture = FieldPictures.Of(s_layout, [field]);
        picture.shape.Should().Equal(1, 2, 12, 12);
        var (first, seventh) = (s_layout.Places[51], s_layout.Places[7]);
        picture[0, 0, first.Row, first.Column].ToDouble().Should().BeApproximately(25.5 / 35, 1e-6);
        picture[0, 1, seventh.Row, seventh.Column].ToDouble().Should().Be(0);
        picture[0, 1].sum().ToDouble().Should().Be(51);
        var back = FieldPictures.Sensitivities(s_layout, picture)[0];
        back[51].Should().BeApproximately(25.5, 1e-5);
        back[7].Should().Be(0);
    }

    [Fact]
    public void The_likelihood_is_that_of_normal_values_at_the_masks_places()
    {
        var decoder = new FieldDecoder(3, s_layout, noiseDecibels: 4);
        var likelihood = decoder.forward(torch.randn(2, 3));
        var fields = SmallFields.Cohort(s_layout, 2, 1, 0, seed: 1).Fields.ToList();
        fields[1] = new(0, [.. fields[1].Sensitivities.Select((value, k) => k < 50 ? double.NaN : value)]);
        var means = FieldPictures.Sensitivities(s_layout, likelihood.Mean);
        var logProb = likelihood.LogProb(FieldPictures.Of(s_layout, fields));
        for (var n = 0; n < 2; n++)
        {
            var expected = fields[n].Sensitivities.Zip(means[n]).Where(pair => !double.IsNaN(pair.First)).Sum(pair =>
                MathNet.Numerics.Distributions.Normal.PDFLn(pair.Second / 35, 4 / 35.0, pair.First / 35));
            logProb[n].ToDouble().Should().BeApproximately(expected, 2e-3);
        }
    }

    [Fact]
    public void Masked_places_have_no_gradient_and_their_values_are_never_read()
    {
        using var vae = FieldVae.Create(s_layout);
        var missing = s_layout.Places[20];
        var values = SmallFields.Cohort(s_layout, 1, 1, 0, seed: 2).Fields[0].Sensitivities.ToArray();
        values[20] = double.NaN;
        var items = FieldPictures.Of(s_layout, [new(0, values)]);
        var raw = torch.rand(1, 1, 12, 12, requires_grad: true);
        new FieldLikelihood(raw, torch.ones(12, 12), torch.zeros(1)).LogProb(items).sum().backward();
        var gradient = raw.grad!;
        gradient[0, 0, missing.Row, missing.Column].ToDouble().Should().Be(0);
        gradient[0, 0, 0, 0].ToDouble().Should().Be(0);
        gradient.ne(0).sum().ToInt64().Should().Be(51);

        var garbage = items.clone();
        garbage[0, 0, missing.Row, missing.Column] = 1e30f;
        vae.Encode(garbage).Mean.allclose(vae.Encode(items).Mean).Should().BeTrue();
        vae.Decode(torch.ones(1, 8)).LogProb(garbage).ToDouble().Should().Be(vae.Decode(torch.ones(1, 8)).LogProb(items).ToDouble());
        var input = items.clone().requires_grad_(true);
        vae.Encode(input).Mean.sum().backward();
        input.grad![0, 0, missing.Row, missing.Column].ToDouble().Should().Be(0);
        input.grad![0, 0].ne(0).sum().ToInt64().Should().BeGreaterThan(40);
    }

    [Theory]
    [InlineData(-100)]
    [InlineData(-170)]
    [InlineData(100)]
    public void A_variance_whose_inverse_is_no_number_has_its_density(double logVariance)
    {
        var items = FieldPictures.Of(s_layout, SmallFields.Cohort(s_layout, 2, 1, 0, seed: 1).Fields);
        var (values, mask) = (items.narrow(1, 0, 1), items.narrow(1, 1, 1));
        // Right at the places, and far beside them.
        var means = values + (1 - mask);
        new FieldLikelihood(means, mask[0, 0], torch.tensor([(float)logVariance])).LogProb(items).Values().Should().OnlyContain(
            value => Math.Abs(value / (-26 * (logVariance + Math.Log(2 * Math.PI))) - 1) < 1e-5);
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e12)]
    public void The_least_and_the_most_noise_give_densities(double noise)
    {
        using var decoder = new FieldDecoder(3, s_layout, noise);
        var likelihood = decoder.forward(torch.zeros(2, 3));
        var items = FieldPictures.Of(s_layout, SmallFields.Cohort(s_layout, 2, 1, 0, seed: 1).Fields);
        likelihood.LogProb(items).Values().Should().OnlyContain(value => double.IsFinite(value));
        var exact = torch.cat([likelihood.Mean.narrow(1, 0, 1), items.narrow(1, 1, 1)], 1);
        likelihood.LogProb(exact).Values().Should().OnlyContain(
            value => Math.Abs(value / (-52 * (Math.Log(noise / 35) + Math.Log(2 * Math.PI) / 2)) - 1) < 1e-5);
    }

    [Fact]
    public void Pictures_outside_of_the_likelihood_are_explained()
    {
        var likelihood = new FieldDecoder(2, s_layout).forward(torch.zeros(1, 2));
        var items = FieldPictures.Of(s_layout, SmallFields.Cohort(s_layout, 1, 1, 0, seed: 2).Fields);
        likelihood.ExplainOutsideSupport(items).Should().BeNull();
        likelihood.ExplainOutsideSupport(items * 0.5).Should().Contain("beside 0 and 1");
        likelihood.ExplainOutsideSupport(items * 0).Should().Contain("no place at all");
        var corner = items.clone();
        corner[0, 1, 0, 0] = 1;
        likelihood.ExplainOutsideSupport(corner).Should().Contain("no places of the decoder's layout");
        likelihood.ExplainOutsideSupport(items + double.NaN).Should().Contain("NaN");
        FluentActions.Invoking(() => likelihood.LogProb(items.repeat(2, 1, 1, 1))).Should().Throw<ArgumentException>()
            .WithMessage("*2 items*of 1*");
    }

    [Fact]
    public void The_authors_loss_is_the_mean_squared_error_plus_MMD()
    {
        var options = new FieldVaeOptions { LatentSize = 2, Regulariser = FieldRegulariser.Mmd, MmdWeight = 3 };
        using var vae = FieldVae.Create(s_layout, options);
        using var batch = new Batch(FieldPictures.Of(s_layout, SmallFields.Cohort(s_layout, 6, 1, 0, seed: 2).Fields));
        double loss;
        using (SeedScope.Begin(9))
            loss = FieldVae.Objective(s_layout, options).Compute(vae, batch).Loss.ToDouble();
        using var again = SeedScope.Begin(9);
        var z = vae.Encode(batch.Items).Mean;
        var (mean, mask) = (vae.Decode(z).Mean[.., 0], batch.Items[.., 1]);
        var error = ((batch.Items[.., 0] - mean) * mask).square().sum([1L, 2]).mean().ToDouble() / 52;
        var mmd = Mmd.Squared(z, torch.randn(6, 2), MmdKernel.Gaussian(4)).ToDouble();
        // Σ ½ log 2πσ² with σ² = ½ is what the log-likelihood has beside the squares.
        loss.Should().BeApproximately(52 * (error + 3 * mmd) + 26 * Math.Log(Math.PI), 1e-3);
    }

    [Theory]
    [InlineData(FieldRegulariser.Kl)]
    [InlineData(FieldRegulariser.Mmd)]
    public void Training_learns_repeats_and_survives_a_folder(FieldRegulariser regulariser)
    {
        using var folder = new TemporaryFolder();
        var cohort = SmallFields.Cohort(s_layout, 24, 4, -1, seed: 7);
        var options = new FieldVaeOptions { LatentSize = 2, Regulariser = regulariser, Epochs = 3, BatchSize = 20, Seed = 5 };
        var (vae, result) = FieldVae.Fit(cohort, options);
        var (again, repeated) = FieldVae.Fit(cohort, options);
        using (vae)
        using (again)
        {
            result.History.Select(epoch => epoch.TrainLoss).Should().Equal(repeated.History.Select(epoch => epoch.TrainLoss));
            result.Best.ValidationLoss.Should().BeLessThan(result.History[0].ValidationLoss!.Value);
            vae.Save(folder.Folder);
            using var loaded = Vae.Load(folder.Folder);
            var (space, other) = (new VaeFieldSpace(vae, s_layout), new VaeFieldSpace(loaded, s_layout));
            other.Decode(other.Encode(cohort.Fields)).Should().BeEquivalentTo(
                space.Decode(space.Encode(cohort.Fields)), equal => equal.Using<double>(
                    pair => pair.Subject.Should().BeApproximately(pair.Expectation, 1e-4)).WhenTypeIs<double>());
            (space.Variances(cohort.Fields) is null).Should().Be(regulariser == FieldRegulariser.Mmd);
        }
    }

    [Fact]
    public void Missing_places_are_filled_in_until_the_model_agrees_with_itself()
    {
        using var vae = FieldVae.Create(s_layout);
        var space = new VaeFieldSpace(vae, s_layout);
        var whole = SmallFields.Cohort(s_layout, 1, 1, 0, seed: 2).Fields[0];
        var gaps = new VisualField(0, [.. whole.Sensitivities.Select((value, k) => k % 9 == 0 ? double.NaN : value)]);
        var code = space.Encode([gaps])[0];
        var decoded = space.Decode([code])[0];
        var filled = new VisualField(0, [.. gaps.Sensitivities.Zip(decoded, (own, other) => double.IsNaN(own) ? other : own)]);
        space.Encode([filled])[0].Zip(code).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-2);
        space.Encode([whole])[0].Should().NotEqual(code);
        using var other = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        FluentActions.Invoking(() => new VaeFieldSpace(other, s_layout)).Should().Throw<ArgumentException>()
            .WithMessage("*[6]*[2, 12, 12]*");
    }

    [Fact]
    public void Numbers_and_times_that_are_too_far_for_the_model_are_named()
    {
        using var vae = FieldVae.Create(s_layout, new() { LatentSize = 2 });
        using (torch.no_grad())
            vae.Decoder.parameters().ToList().ForEach(parameter => parameter.mul_(3));
        var space = new VaeFieldSpace(vae, s_layout);
        FluentActions.Invoking(() => space.Decode([[1, 2], [0, 1], [1e39, -1e39]])).Should().Throw<ArithmeticException>()
            .WithMessage("the field of row 2 is NaN: its numbers, up to 1E+39, are too large for VaeFieldSpace of 2");
        FluentActions.Invoking(() => space.Decode([[1, 2], [0, double.PositiveInfinity]])).Should().Throw<ArgumentException>()
            .WithMessage("row 1 has Infinity at 1; every number must be finite*");
        FluentActions.Invoking(() => space.Decode([[0, double.NaN]])).Should().Throw<ArgumentException>().WithMessage("*NaN*");
        var rates = EyeRates.Of(space, SmallFields.Cohort(s_layout, 1, 5, -1, seed: 2).Eyes[0]);
        foreach (var years in new[] { 1e45, 1.7e308 })
            FluentActions.Invoking(() => rates.Forecast(years)).Should().Throw<ArithmeticException>()
                .WithMessage("there is no forecast for eye 0 at 1*E+* years, so far from its fields: *");
        new PlacewiseSpace(SmallFields.Square).Decode([[1, double.NaN, 3, 4]])[0].Should().Equal(1, double.NaN, 3, 4);
    }

    [Fact]
    public void A_space_of_a_float64_model_rounds_nothing_to_float32()
    {
        using var vae = FieldVae.Create(s_layout, new() { LatentSize = 2 });
        vae.to(torch.float64);
        var space = new VaeFieldSpace(vae, s_layout);
        var field = SmallFields.Cohort(s_layout, 1, 1, 0, seed: 2).Fields[0];
        var picture = torch.zeros([1, 2, 12, 12], torch.float64);
        foreach (var (place, value) in s_layout.Places.Zip(field.Sensitivities))
        {
            picture[0, 0, place.Row, place.Column] = value / FieldPictures.Decibels;
            picture[0, 1, place.Row, place.Column] = 1;
        }
        using var mode = torch.no_grad();
        vae.eval();
        space.Encode([field])[0].Should().Equal(vae.Encode(picture).Mean.Values(), (a, b) => Math.Abs(a - b) < 1e-13);
        double[] code = [1 / 3.0, -2 / 3.0];
        var decoded = FieldPictures.Sensitivities(s_layout, vae.Decode(torch.tensor(code).reshape(1, 2)).Mean)[0];
        space.Decode([code])[0].Should().Equal(decoded, (a, b) => Math.Abs(a - b) < 1e-12);
        var decoder = new FieldDecoder(2, s_layout, noiseDecibels: 0.7);
        decoder.to(torch.float64);
        decoder.NoiseDecibels.Should().BeApproximately(0.7, 1e-14);
        decoder.get_buffer("log_variance")!.ToDouble().Should().Be(2 * Math.Log(0.7 / 35), "a step on a GPU takes what is there");
        decoder.forward(torch.zeros([1, 2], torch.float64)).Variance.max().ToDouble()
            .Should().BeApproximately(0.7 * 0.7 / (35 * 35), 1e-17);
    }

    [Fact]
    public void A_layout_with_places_that_the_decoder_has_not_is_refused()
    {
        using var vae = FieldVae.Create(SmallFields.Square, new() { LatentSize = 2 });
        FluentActions.Invoking(() => new VaeFieldSpace(vae, s_layout)).Should().Throw<ArgumentException>()
            .WithMessage("*has not the places v0, v1,*take the layout that it was trained on*");
        // Another order of the same places, or some of them, is no other picture.
        using var whole = FieldVae.Create(s_layout, new() { LatentSize = 2 });
        var turned = new FieldLayout([.. s_layout.Places.Reverse().Select(place => (place.Name, place.X, place.Y))]);
        var field = SmallFields.Cohort(s_layout, 1, 1, 0, seed: 2).Fields[0];
        new VaeFieldSpace(whole, turned).Encode([new(0, [.. field.Sensitivities.Reverse()])])[0]
            .Should().Equal(new VaeFieldSpace(whole, s_layout).Encode([field])[0]);
    }

    [Fact]
    public void Certain_fields_count_more_where_weights_are_asked_for()
    {
        using var vae = FieldVae.Create(s_layout, new() { LatentSize = 2, Regulariser = FieldRegulariser.Kl });
        var space = new VaeFieldSpace(vae, s_layout);
        var eye = SmallFields.Cohort(s_layout, 1, 5, -1, seed: 2).Eyes[0];
        var variances = space.Variances(eye.Fields)!;
        var numbers = space.Encode(eye.Fields);
        EyeRates.Of(space, eye, RateWeights.InverseVariance).Rates[1].Should().Be(LinearRate.Fit(
            eye.Years, [.. numbers.Select(row => row[1])], [.. variances.Select(row => 1 / row[1])]));
    }

    [Fact]
    public void Options_and_cancelling()
    {
        var cohort = SmallFields.Cohort(s_layout, 10, 2, 0, seed: 1);
        FluentActions.Invoking(() => FieldVae.Fit(cohort, new() { LatentSize = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => FieldVae.Fit(cohort, new() { MmdWeight = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => FieldVae.Fit(cohort, new() { ValidationShare = 0.99 })).Should().Throw<ArgumentOutOfRangeException>()
            .WithParameterName("ValidationShare").WithMessage("the share must leave some of * patients on either side; 0 takes all*");
        foreach (var noise in new[] { 0, -1, 1e-18, 1e30, double.NaN })
            FluentActions.Invoking(() => new FieldDecoder(2, s_layout, noise)).Should().Throw<ArgumentOutOfRangeException>();
        var (vae, result) = FieldVae.Fit(cohort, new() { LatentSize = 1 }, cancellationToken: new(canceled: true));
        vae.Dispose();
        result.Reason.Should().Be(StopReason.Cancelled);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        var cohort = SmallFields.Cohort(s_layout, 10, 4, 0, seed: 1);
        using var vae = FieldVae.Create(s_layout, new() { LatentSize = 2 });
        var space = new VaeFieldSpace(vae, s_layout);
        _ = EyeRates.Of(space, cohort.Eyes[0]).Forecast(3);
        var before = Reference.LiveTensors();
        ProgressionTest.Calibrate(space, cohort).Run(cohort.Eyes[1]);
        RandomSlopes.Fit(space, cohort).Forecast(cohort.Eyes[0], 3);
        FieldPictures.Data(s_layout, cohort.Fields).Dispose();
        Reference.LiveTensors().Should().Be(before);
    }
}
