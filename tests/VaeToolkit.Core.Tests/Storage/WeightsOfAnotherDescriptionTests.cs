using System.Text;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

public sealed class WeightsOfAnotherDescriptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_of_a_model_with_another_activation_are_refused_and_nothing_is_changed()
    {
        using var tanh = Model(Activation.Tanh);
        using var leaky = Model(Activation.LeakyReLU);
        tanh.SaveWeights(_folder["tanh"]);
        var before = Weights(leaky);
        leaky.Invoking(vae => vae.LoadWeights(_folder["tanh"])).Should().Throw<WeightsMismatchException>().WithMessage(
            "*tanh' holds the weights of a model with other options; encoder.activation: the file has \"tanh\", the model \"leaky-relu\"; "
            + "to read them all the same, say ignoreDescription");
        Weights(leaky).Should().Equal(before);
        leaky.LoadWeights(_folder["tanh"], ignoreDescription: true);
        Weights(leaky).Should().Equal(Weights(tanh));
    }

    [Fact]
    public void Where_shapes_differ_too_the_options_that_made_them_differ_are_said()
    {
        using var wide = Model(hidden: 6);
        using var narrow = Model(hidden: 5);
        wide.SaveWeights(_folder["wide"]);
        narrow.Invoking(vae => vae.LoadWeights(_folder["wide"])).Should().Throw<WeightsMismatchException>()
            .WithMessage("*wrongly shaped: encoder.trunk.fc1.weight*; encoder.hidden: the file has [6], the model [5]");
        narrow.Invoking(vae => vae.LoadWeights(_folder["wide"], ignoreDescription: true)).Should().Throw<WeightsMismatchException>();
    }

    [Fact]
    public void Another_part_is_named_without_its_options()
    {
        using var normal = Model();
        using var mixture = new Vae(
            new MlpEncoder(4, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(4)), new MixtureOfGaussiansPrior(2, 3));
        mixture.SaveWeights(_folder["mixture"]);
        normal.Invoking(vae => vae.LoadWeights(_folder["mixture"])).Should().Throw<WeightsMismatchException>()
            .WithMessage("*; prior: the file has \"mixture-of-gaussians\", the model \"standard-normal\"");
    }

    [Fact]
    public void Options_that_do_not_say_what_weights_mean_may_differ()
    {
        using var full = Model();
        using var half = new Vae(
            new MlpEncoder(4, 2, [5], new() { Precision = MatrixPrecision.BFloat16 }),
            new MlpDecoder(2, [5], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2));
        full.SaveWeights(_folder["full"]);
        half.LoadWeights(_folder["full"]);
        Weights(half).Should().Equal(Weights(full));
        PartDescription.Of(half).ToString().Should().Contain("bfloat16");
    }

    [Fact]
    public void Files_without_a_description_and_models_without_one_are_read_as_before()
    {
        using var vae = Model(Activation.Tanh);
        SafeTensors.Write(_folder["before"], vae.state_dict(), SafeTensors.Kind(Vae.Kind, 1));
        using var read = Model(Activation.Elu);
        read.LoadWeights(_folder["before"]);
        Weights(read).Should().Equal(Weights(vae));
        using var linear = torch.nn.Linear(3, 2);
        ModelWeights.Save(linear, _folder["linear"], "anybodys");
        ModelWeights.Load(linear, _folder["linear"], "anybodys");
        using var file = SafeTensors.Read(_folder["linear"]);
        file.Metadata.Keys.Should().BeEquivalentTo("kind", "format_version");
    }

    [Fact]
    public void Beside_a_part_that_does_not_say_how_it_is_made_the_options_of_those_that_do_are_told_apart()
    {
        using var one = Own(ObservationModel.Gaussian(1, 4));
        using var other = Own(ObservationModel.Gaussian(0.01, 4));
        one.SaveWeights(_folder["own"]);
        other.Invoking(vae => vae.LoadWeights(_folder["own"])).Should().Throw<WeightsMismatchException>().WithMessage(
            "*own' holds the weights of a model with other options; decoder.likelihood.variance: the file has 1, the model 0.01; *");
        Own(ObservationModel.ContinuousBernoulli(4)).Invoking(vae => vae.LoadWeights(_folder["own"])).Should()
            .Throw<WeightsMismatchException>().WithMessage("*the file has \"gaussian\", the model \"continuous-bernoulli\"*");
        other.LoadWeights(_folder["own"], ignoreDescription: true);
        using var same = Own(ObservationModel.Gaussian(1, 4));
        same.LoadWeights(_folder["own"]);
        Weights(same).Should().Equal(Weights(one));
    }

    [Fact]
    public void A_part_that_has_learnt_to_say_how_it_is_made_reads_the_weights_of_before()
    {
        using var before = Own(ObservationModel.Gaussian(1, 4));
        before.SaveWeights(_folder["before"]);
        using var now = new Vae(
            new SpokenEncoder(), new MlpDecoder(2, [5], ObservationModel.Gaussian(1, 4)), new StandardNormalPrior(2));
        now.LoadWeights(_folder["before"]);
        Weights(now).Should().Equal(Weights(before));
        using var other = new Vae(
            new SpokenEncoder(), new MlpDecoder(2, [5], ObservationModel.Gaussian(2, 4)), new StandardNormalPrior(2));
        other.Invoking(vae => vae.LoadWeights(_folder["before"])).Should().Throw<WeightsMismatchException>()
            .WithMessage("*decoder.likelihood.variance: the file has 1, the model 2; *");
        now.SaveWeights(_folder["now"]);
        before.LoadWeights(_folder["now"]);
    }

    private static Vae Own(ObservationModel likelihood)
        => new(new OwnEncoder(), new MlpDecoder(2, [5], likelihood), new StandardNormalPrior(2));

    [Theory]
    [InlineData("", "its description cannot be read: *")]
    [InlineData("deep", "its description cannot be read: *depth*")]
    [InlineData("{\"part\":3}", "model: the file has {\"part\":3}, the model \"vae\"; *")]
    [InlineData("own", "its description is not that of its fingerprint; *")]
    [InlineData("long", "its description is too long to be one; *")]
    public void A_description_that_makes_no_sense_is_another_one(string description, string problem)
    {
        using var vae = Model();
        var metadata = SafeTensors.Kind(Vae.Kind, 1);
        metadata["description_fingerprint"] = "0";
        metadata["description"] = description switch
        {
            "own" => Encoding.UTF8.GetString(DescriptionJson.Write(PartDescription.Of(vae), withUsage: false)),
            "deep" => new string('[', 40) + new string(']', 40),
            "long" => new string('x', (1 << 20) + 1),
            _ => description,
        };
        SafeTensors.Write(_folder["odd"], vae.state_dict(), metadata);
        vae.Invoking(model => model.LoadWeights(_folder["odd"])).Should().Throw<WeightsMismatchException>()
            .WithMessage($"*odd' holds the weights of a model with other options; {problem}");
        vae.LoadWeights(_folder["odd"], ignoreDescription: true);
    }

    private static Vae Model(Activation activation = Activation.LeakyReLU, long hidden = 5) => new(
        new MlpEncoder(4, 2, [hidden], new() { Activation = activation }), new MlpDecoder(2, [5], ObservationModel.Bernoulli(4)),
        new StandardNormalPrior(2));

    private sealed class SpokenEncoder : OwnEncoder, IDescribedPart
    {
        PartDescription IDescribedPart.Describe() => new("own-encoder-of-a-test");
    }

    private class OwnEncoder : Encoder
    {
        private readonly TorchSharp.Modules.Linear _layer = torch.nn.Linear(4, 4);

        public OwnEncoder()
            : base(nameof(OwnEncoder)) => register_module("layer", _layer);

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input)
        {
            var halves = _layer.forward(input).chunk(2, dim: -1);
            return new DiagonalNormal(halves[0], halves[1]);
        }
    }

    private static List<double> Weights(torch.nn.Module module) => [.. module.state_dict().Values.SelectMany(tensor => tensor.Values())];
}
