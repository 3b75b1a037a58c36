using System.Text.Json.Nodes;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_comes_back_in_evaluation_mode_with_the_same_parts_and_weights()
    {
        using var scope = torch.NewDisposeScope();
        using var vae = Model();
        vae.Save(_folder["vae"]);
        using var loaded = Vae.Load(_folder["vae"]);
        loaded.ToString().Should().Be(vae.ToString());
        loaded.modules().Prepend(loaded).Should().OnlyContain(part => !part.training);
        Weights(loaded).Should().Equal(Weights(vae));
        Directory.GetFiles(_folder["vae"]).Select(Path.GetFileName).Should().BeEquivalentTo(
            ModelFolder.DescriptionFile, ModelFolder.WeightsFile);
        Directory.GetDirectories(Path.GetDirectoryName(_folder["vae"])!).Should().Equal(_folder["vae"]);
    }

    [Fact]
    public void The_file_says_what_the_model_is_made_of()
    {
        using var vae = new Vae(
            new MlpEncoder(4, 2, [3], new() { Activation = Activation.Tanh, LogVariance = null }),
            new MlpDecoder(2, [3], ObservationModel.LearnedGaussian(4)), new LearnedNormalPrior(2));
        vae.Save(_folder["vae"]);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["vae"], ModelFolder.DescriptionFile)))!.AsObject();
        json["format"]!.GetValue<string>().Should().Be("vaetoolkit.model-folder");
        json["format_version"]!.GetValue<int>().Should().Be(1);
        json["library_version"]!.GetValue<string>().Should().Be("0.1.0");
        json["model"]!.ToJsonString().Should().Be("""
            {"part":"vae","encoder":{"part":"mlp-encoder","input_size":4,"latent_size":2,"hidden":[3],"activation":"tanh",
            "precision":"full","log_variance":null},"decoder":{"part":"mlp-decoder","latent_size":2,"hidden":[3],
            "activation":"leaky-relu","precision":"full","likelihood":{"part":"learned-gaussian","log_variance":[-6,2],"item_shape":[4]}},
            "prior":{"part":"learned-normal","latent_size":2,"log_variance":[-6,2]}}
            """.ReplaceLineEndings(""));
        json["fingerprint"]!.GetValue<string>().Should().Be(PartDescription.Of(vae).Fingerprint).And.MatchRegex("^[0-9a-f]{64}$");
    }

    [Fact]
    public void Every_activation_and_precision_has_a_name_of_its_own()
    {
        var names = Enum.GetValues<Activation>().Select(ChoiceName.Of).ToList();
        names.Should().Equal("leaky-relu", "relu", "silu", "tanh", "softplus", "elu");
        Enum.GetValues<Activation>().Should().Equal(names.Select(name => ChoiceName.Find<Activation>(name)!.Value));
        Enum.GetValues<MatrixPrecision>().Select(ChoiceName.Of).Should().Equal("full", "bfloat16");
    }

    [Fact]
    public void A_copy_is_the_same_and_has_its_own_weights()
    {
        using var scope = torch.NewDisposeScope();
        using var vae = Model();
        vae.Decoder.eval();
        vae.Encoder.parameters().First().requires_grad = false;
        using var copy = vae.Copy();
        PartDescription.Of(copy).Fingerprint.Should().Be(PartDescription.Of(vae).Fingerprint);
        Weights(copy).Should().Equal(Weights(vae));
        copy.modules().Select(part => part.training).Should().Equal(vae.modules().Select(part => part.training));
        copy.parameters().Select(parameter => parameter.requires_grad).Should().Equal(
            vae.parameters().Select(parameter => parameter.requires_grad));
        using var noGradient = torch.no_grad();
        copy.parameters().First().add_(1);
        Weights(copy).Should().NotEqual(Weights(vae));
    }

    [Fact]
    public void A_copy_and_a_loaded_model_are_of_the_types_that_the_parts_were_moved_to()
    {
        using var scope = torch.NewDisposeScope();
        using var vae = Model();
        vae.Encoder.to(torch.float64);
        vae.Save(_folder["vae"]);
        using var copy = vae.Copy();
        using var loaded = Vae.Load(_folder["vae"]);
        foreach (var other in new[] { copy, loaded })
        {
            other.parameters().Select(parameter => parameter.dtype).Should().Equal(vae.parameters().Select(parameter => parameter.dtype));
            Weights(other).Should().Equal(Weights(vae));
        }
    }

    [Fact]
    public void Copies_and_loaded_models_leave_random_numbers_as_they_were_and_no_tensor_behind()
    {
        using var vae = Model();
        vae.Save(_folder["vae"]);
        Again();
        torch.manual_seed(7);
        var expected = Draw();
        torch.manual_seed(7);
        var before = Reference.LiveTensors();
        Again();
        torch.Tensor.TotalCount.Should().Be(before + (2 * vae.parameters().Count()), "TorchSharp keeps one for every parameter made");
        Draw().Should().Be(expected);

        void Again()
        {
            using var copy = vae.Copy();
            using var loaded = Vae.Load(_folder["vae"]);
        }

        static float Draw()
        {
            using var drawn = torch.rand(1);
            return drawn.item<float>();
        }
    }

    [Fact]
    public void An_encoder_of_ones_own_is_made_by_the_factory_that_was_registered_for_it()
    {
        ModelParts.Register("own-encoder", options => new OwnEncoder(options.WholeNumber("inputs")));
        using var vae = OwnModel();
        vae.Save(_folder["own"]);
        using var loaded = Vae.Load(_folder["own"]);
        Weights(loaded).Should().Equal(Weights(vae));
        using var copy = vae.Copy();
        copy.Encoder.Should().BeOfType<OwnEncoder>();
    }

    [Fact]
    public void A_part_that_is_not_registered_is_refused_by_name_with_the_line_to_write()
    {
        using var vae = OwnModel("nobodys-encoder");
        vae.Save(_folder["own"]);
        var load = () => Vae.Load(_folder["own"]);
        load.Should().Throw<ModelFolderException>().WithMessage("*$.model.encoder: this program has no part 'nobodys-encoder'; *"
            + "ModelParts.Register(\"nobodys-encoder\", options => new ...(...));*").Which.JsonPath.Should().Be("$.model.encoder");
        vae.Invoking(model => model.Copy()).Should().Throw<NotSupportedException>().WithMessage("*'nobodys-encoder'*");
    }

    [Fact]
    public void A_part_that_does_not_say_how_it_is_made_cannot_be_saved_as_a_folder()
    {
        using var vae = new Vae(new SilentEncoder(), new MlpDecoder(2, [3], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2));
        vae.Invoking(model => model.Save(_folder["silent"])).Should().Throw<NotSupportedException>()
            .WithMessage("SilentEncoder does not say how it is made again; implement IDescribedPart*new SilentEncoder(...)*");
        Directory.Exists(_folder["silent"]).Should().BeFalse();
        PartDescription.Find(vae).Should().BeNull();
    }

    [Fact]
    public void Another_factory_of_a_name_is_refused_and_the_same_one_is_not()
    {
        static MlpEncoder Make(PartOptions options) => new(4, 2, [3]);
        ModelParts.Register("twice", Make);
        ModelParts.Register("twice", Make);
        var another = () => ModelParts.Register("twice", _ => new StandardNormalPrior(2));
        another.Should().Throw<ArgumentException>().WithMessage("there is a part 'twice' already*");
        var library = () => ModelParts.Register("vae", _ => new StandardNormalPrior(2));
        library.Should().Throw<ArgumentException>();
        var name = () => ModelParts.Register("My.Encoder", Make);
        name.Should().Throw<ArgumentException>().WithMessage("'My.Encoder' is no name of a part*");
    }

    [Fact]
    public void A_folder_that_is_there_takes_the_new_model()
    {
        using var first = Model();
        using var second = new Vae(
            new MlpEncoder(4, 3, [2]), new MlpDecoder(3, [2], ObservationModel.Bernoulli(4)), new StandardNormalPrior(3));
        first.Save(_folder["vae"]);
        File.WriteAllText(Path.Combine(_folder["vae"], "notes.txt"), "mine");
        second.Save(_folder["vae"]);
        using var loaded = Vae.Load(_folder["vae"]);
        loaded.LatentSize.Should().Be(3);
        File.ReadAllText(Path.Combine(_folder["vae"], "notes.txt")).Should().Be("mine");
    }

    private static Vae Model()
    {
        var encoder = new ConvEncoder([1, 4, 4], 2, [3], 5);
        return new(
            encoder, new ConvDecoder(2, ObservationModel.SharedGaussian(1, 4, 4), [3], 5),
            new VampPrior(encoder, [1, 4, 4], 3, new() { LearnWeights = true }));
    }

    private static Vae OwnModel(string name = "own-encoder")
        => new(new OwnEncoder(4, name), new MlpDecoder(2, [3], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2));

    private static List<double> Weights(torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        return [.. module.state_dict().Values.SelectMany(tensor => tensor.to(torch.float64).reshape(-1).data<double>().ToArray())];
    }

    private sealed class OwnEncoder : Encoder, IDescribedPart
    {
        private readonly TorchSharp.Modules.Linear _linear;
        private readonly string _name;

        public OwnEncoder(long inputs, string name = "own-encoder")
            : base(nameof(OwnEncoder))
        {
            (_linear, _name) = (torch.nn.Linear(inputs, 4), name);
            RegisterComponents();
        }

        public override long LatentSize => 2;

        public PartDescription Describe() => new PartDescription(_name).With("inputs", _linear.weight!.shape[1]);

        public override Posterior forward(torch.Tensor input)
        {
            var both = _linear.forward(input).chunk(2, 1);
            return new DiagonalNormal(both[0], both[1]);
        }
    }

    private sealed class SilentEncoder() : Encoder(nameof(SilentEncoder))
    {
        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => throw new NotSupportedException();
    }
}
