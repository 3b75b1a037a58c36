using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>
/// The rule of resuming: what decides the steps must be as it was and is refused by name; what decides when to stop is taken over.
/// </summary>
public sealed class ResumeSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TensorData _data = TinyData.Make(40, seed: 1);

    public ResumeSettingsTests() => Fit(new Elbo(), Options);

    private TrainingOptions Options => new() { BatchSize = 10, Epochs = 2, Seed = 3, CheckpointDirectory = _folder["run"] };

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string, Func<TrainingOptions, TrainingOptions>, string> Changed => new()
    {
        { "learning rate", o => o with { LearningRate = 1e-5 }, "*LearningRate was *0.001*now it is *1E-05*" },
        { "clipping", o => o with { GradientClip = 5 }, "*GradientClip was none, now it is 5*" },
        { "halves", o => o with { SplitBatches = false }, "*SplitBatches was none, now it is False*" },
        { "last batch", o => o with { LastBatch = LastBatch.Drop }, "*LastBatch was Keep, now it is Drop*" },
        { "seed", o => o with { Seed = 4 }, "*seed 3*4*" },
        { "batch size", o => o with { BatchSize = 20 }, "*batch size 10*20*" },
        { "optimiser", o => o with { Optimizer = p => torch.optim.SGD(p, 1e-3) }, "*Optimizer was FusedAdam*now it is SGD*" },
        { "decay", o => o with { Optimizer = p => new FusedAdam(p, 1e-3, weightDecay: 0.1) }, "*weight decay 0;*weight decay 0.1;*" },
        {
            "schedule", o => o with { LearningRateSchedule = a => torch.optim.lr_scheduler.ExponentialLR(a, 0.9) },
            "*LearningRateSchedule was none, now it is given*"
        },
        {
            "two at once", o => o with { LearningRate = 0.1, GradientClip = 2 },
            "*GradientClip was none, now it is 2; LearningRate was *0.001*"
        },
    };

    [Theory]
    [MemberData(nameof(Changed))]
    public void Another_setting_is_refused_by_name(string name, Func<TrainingOptions, TrainingOptions> change, string message)
        => Refused(new Elbo(), change(Options), message, name);

    [Fact]
    public void So_are_other_options_of_the_objective()
    {
        Refused(new Elbo(new() { Samples = 5 }), Options, "*Elbo.Samples was 1, now it is 5*");
        Refused(new Elbo(new() { Beta = BetaWeight.OnKl(4) }), Options, "*Elbo.Beta was *1 × KL, now it is *4 × KL*");
        Refused(new Elbo(new() { FreeNats = 0.25 }), Options, "*Elbo.FreeNats was 0, now it is 0.25*");
        Refused(new Elbo(new() { WarmUp = BetaWarmUp.OverEpochs(2) }), Options, "*Elbo.WarmUp was none, now it is over 2 epochs*");
        Refused(new Elbo(new() { Capacity = new(2.5, 8) }), Options, "*Elbo.Capacity was none, now it is Maximum 2.5, Steps 8*");
        Refused(new Iwae(5), Options, "*objective Elbo, this one has Iwae*");
    }

    [Fact]
    public void So_are_other_numbers_of_items_and_a_validation_that_was_not_there()
    {
        using var more = TinyData.Make(50, seed: 1);
        using var vae = Model();
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), more, null, Options with { Resume = true, Epochs = 3 }))
            .Should().Throw<CheckpointException>().WithMessage("*number of training items was 40, now it is 50*");
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), _data, _data, Options with { Resume = true, Epochs = 3 }))
            .Should().Throw<CheckpointException>().WithMessage("*number of validation items was none, now it is 40*");
    }

    [Fact]
    public void So_are_weights_of_another_type()
    {
        using var vae = Model().to(torch.float64);
        using var scope = torch.NewDisposeScope();
        using var data = new TensorData(_data.InOrder(40).Select(batch => batch.Items.to(torch.float64)).Single());
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), data, null, Options with { Resume = true, Epochs = 3 }))
            .Should().Throw<CheckpointException>().WithMessage("*type of the weights was float32, now it is float64*");
    }

    [Fact]
    public void So_is_what_weights_do_not_depend_on_and_steps_do()
    {
        using var vae = new Vae(
            new MlpEncoder(6, 2, [4], new() { Precision = MatrixPrecision.BFloat16 }),
            new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), _data, null, Options with { Resume = true, Epochs = 3 }))
            .Should().Throw<CheckpointException>().WithMessage(
                "*how the model is used was encoder.precision full, decoder.precision full, "
                + "now it is encoder.precision bfloat16, decoder.precision full; *");
    }

    [Fact]
    public void So_are_data_whose_values_are_made_in_another_way()
    {
        using var scope = torch.NewDisposeScope();
        var bytes = torch.randint(0, 256, [20, 1, 4, 4]).to(torch.uint8);
        var options = Options with { CheckpointDirectory = _folder["pictures"] };
        using var random = ImageData.FromTensor(bytes, binarisation: Binarisation.Random);
        using var first = Pictures();
        Trainer.Fit(first, new Elbo(), new AugmentedData(random, new() { Shift = 1 }), random, options);
        Message(Binarisation.Threshold, new() { Shift = 1 }).Should().Match(
            "*training data was Binarisation Random, Augmentation none mirrored, shifted by up to 1 pixels, "
            + "now it is Binarisation Threshold, Augmentation none*; *");
        Message(Binarisation.Random, new() { Shift = 1, Mirror = true }).Should()
            .Match("*now it is Binarisation Random, Augmentation half *");
        Message(Binarisation.Random, null).Should().Match("*, now it is Binarisation Random; resume with the same*");

        string Message(Binarisation binarisation, PictureAugmentation? augmentation)
        {
            using var images = ImageData.FromTensor(bytes, binarisation: binarisation);
            using var vae = Pictures();
            DataSource train = augmentation is null ? images : new AugmentedData(images, augmentation);
            return FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), train, images, options with { Resume = true, Epochs = 3 }))
                .Should().Throw<CheckpointException>().Which.Message;
        }

        static Vae Pictures() => new(
            new MlpEncoder(16, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(1, 4, 4)), new StandardNormalPrior(2));
    }

    [Fact]
    public void A_run_of_before_these_were_written_down_goes_on()
    {
        foreach (var state in Directory.GetFiles(_folder["run"], "state.json", SearchOption.AllDirectories))
        {
            var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(state))!;
            foreach (var name in new[] { "how the model is used", "training data", "validation data", "content of the training data" })
                json["settings"]!.AsObject().Remove(name).Should().BeTrue();
            File.WriteAllText(state, json.ToJsonString());
        }
        Fit(new Elbo(), Options with { Resume = true, Epochs = 3 }).History.Should().HaveCount(3);
    }

    [Fact]
    public void The_best_epoch_of_a_model_with_other_options_is_not_called_damaged()
    {
        var options = Options with { CheckpointDirectory = _folder["best"], KeepBest = true };
        using (var vae = Gaussian(1))
            Trainer.Fit(vae, new Elbo(), _data, _data, options);
        using var other = Gaussian(0.01);
        FluentActions.Invoking(() => Trainer.Fit(other, new Elbo(), _data, _data, options with { Resume = true, Epochs = 3 }))
            .Should().Throw<Exception>().WithMessage("*decoder.likelihood.variance: the file has 1, the model 0.01*")
            .Which.Message.Should().NotContain("damaged");

        static Vae Gaussian(double variance) => new(
            new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Gaussian(variance, 6)), new StandardNormalPrior(2));
    }

    [Fact]
    public void A_schedule_of_the_same_kind_with_another_rate_is_refused_by_what_it_does()
    {
        TrainingOptions Falling(double gamma) => Options with
        {
            CheckpointDirectory = _folder["falling"],
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma),
        };
        Fit(new Elbo(), Falling(0.5));
        Refused(new Elbo(), Falling(0.9), "*epoch 2 was trained with the learning rate 0.0005*LearningRateSchedule it is 0.0009*");
        Fit(new Elbo(), Falling(0.5) with { Resume = true, Epochs = 3 }).History[^1].LearningRate.Should().Be(0.00025);
    }

    [Fact]
    public void What_decides_when_to_stop_and_what_is_written_is_taken_over()
    {
        Directory.Move(_folder["run"], _folder["moved"]);
        var options = Options with { Resume = true, CheckpointDirectory = _folder["moved"], Epochs = 9 };
        Fit(new Elbo(), options with { KeepBest = false, MinimumDelta = 1e9 }).History.Should().HaveCount(9);
    }

    [Fact]
    public void Words_for_options_are_the_same_in_every_culture_and_name_every_number()
    {
        using var culture = CommaCulture.Begin();
        var settings = OptionText.ByName(new ElboOptions { FreeNats = 0.5, WarmUp = BetaWarmUp.OverSteps(7) }, ("K", 2));
        settings.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["K"] = "2",
            ["Beta"] = "1 × reconstruction + 1 × KL",
            ["WarmUp"] = "over 7 steps",
            ["Capacity"] = "none",
            ["FreeNats"] = "0.5",
            ["Samples"] = "1",
            ["Kl"] = "ClosedForm",
        });
        OptionText.Of(new double[] { 0.5, 2 }).Should().Be("[0.5, 2]");
    }

    private sealed record Ranges(double[] Angles, double[,] Map);

    private sealed record Whole(Ranges Inner, IReadOnlyDictionary<string, double[]> Rates);

    [Fact]
    public void Two_arrays_have_two_texts_wherever_they_are()
    {
        string[] texts =
        [
            OptionText.Of(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } }), OptionText.Of(new double[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }),
            OptionText.Of(new double[] { 1, 2, 3, 4, 5, 6 }),
            OptionText.Of(new Ranges([10, 20], new double[1, 1])), OptionText.Of(new Ranges([10, 21], new double[1, 1])),
            OptionText.Of(new Whole(new([1], new double[1, 1]), new Dictionary<string, double[]> { ["a"] = [1, 2] })),
            OptionText.Of(new Whole(new([1], new double[1, 1]), new Dictionary<string, double[]> { ["a"] = [1, 3] })),
            OptionText.Of((new[] { 1.5 }, 2)), OptionText.Of((new[] { 1.25 }, 2)),
            OptionText.Of(new[] { "a, b" }), OptionText.Of(new[] { "a", "b" }),
        ];
        texts.Should().OnlyHaveUniqueItems().And.NotContain(text => text.Contains("System."));
        texts[0].Should().Be("[2 × 3: 1, 2, 3, 4, 5, 6]");
        texts[3].Should().Be("Angles [10, 20], Map [1 × 1: 0]");
        new SequenceEncoderOptions().ToString().Should().StartWith("Channels [9, 9, 10], Widths [9, 9, 11], Hidden 196");
    }

    [Fact]
    public void A_method_is_told_from_the_same_of_another_object_that_says_what_it_is()
    {
        Func<long, torch.Tensor> one = new StandardNormalPrior(2).Sample, other = new LearnedNormalPrior(3).Sample;
        OptionText.Of(one).Should().StartWith("VaeToolkit.StandardNormalPrior.Sample of ").And.NotBe(OptionText.Of(other));
    }

    private static Vae Model()
        => new(new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));

    private TrainingResult Fit(Objective<Vae> objective, TrainingOptions options)
    {
        using var vae = Model();
        return Trainer.Fit(vae, objective, _data, null, options);
    }

    private void Refused(Objective<Vae> objective, TrainingOptions options, string message, string because = "")
        => FluentActions.Invoking(() => Fit(objective, options with { Resume = true, Epochs = 3 }))
            .Should().Throw<CheckpointException>(because).WithMessage(message);
}
