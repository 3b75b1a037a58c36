using TorchSharp;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Onnx.Tests.Families;
using VaeToolkit.Onnx.Tests.Layers;
using static TorchSharp.torch;

namespace VaeToolkit.Onnx.Tests.Files;

/// <summary>What the files say of themselves, how they are written, and what is refused.</summary>
public sealed class FileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_says_what_it_is()
    {
        using var vae = Picture();
        vae.ExportOnnx(_folder.Folder);
        using var sampler = new OnnxRun(_folder["sampler.onnx"]);
        var metadata = sampler.Metadata;
        metadata.ProducerName.Should().Be("VaeToolkit");
        metadata.GraphName.Should().Be("sampler");
        metadata.Description.Should().Be(vae.ToString());
        metadata.CustomMetadataMap.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["kind"] = "vaetoolkit.vae",
            ["network"] = "sampler",
            ["item_shape"] = "1,8,8",
            ["latent_size"] = "3",
            ["library_version"] = typeof(Vae).Assembly.GetName().Version!.ToString(3),
            ["input.noise"] = "standard normal numbers",
            ["input.uniform"] = "numbers drawn uniformly from [0, 1), which choose the mixture's components",
            ["output.z"] = "draws from p(z)",
            ["output.mean"] = "E[x|z]",
        });
    }

    [Fact]
    public void Shapes_are_declared_with_a_free_batch_axis()
    {
        using var vae = Picture();
        vae.ExportEncoder(_folder["e.onnx"]);
        vae.ExportDecoder(_folder["d.onnx"]);
        using (var encoder = new OnnxRun(_folder["e.onnx"]))
        {
            encoder.Declared("x").Shape.Should().Equal(-1, 1, 8, 8);
            encoder.Declared("x").Names[0].Should().Be("N");
            encoder.Declared("log_variance").Shape.Should().Equal(-1, 3);
        }
        using var decoder = new OnnxRun(_folder["d.onnx"]);
        decoder.Declared("logits").Shape.Should().Equal(-1, 1, 8, 8);
    }

    [Fact]
    public void The_file_is_ONNX_of_operator_set_17_with_the_weights_under_their_names()
    {
        using var vae = Picture();
        vae.ExportEncoder(_folder["e.onnx"]);
        var model = global::Onnx.ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["e.onnx"]));
        model.OpsetImport.Should().ContainSingle().Which.Version.Should().Be(17);
        model.IrVersion.Should().Be(8);
        model.Graph.Initializer.Select(weight => weight.Name).Should().Contain(["encoder.trunk.conv1.weight", "encoder.head.bias"]);
    }

    [Fact]
    public void A_part_with_normalisation_and_dropout_is_exported_in_evaluation_mode()
    {
        using var scope = NewDisposeScope();
        using var vae = new Vae(new NormalisedEncoder(), new NormalisedDecoder(), new StandardNormalPrior(3));
        using var noGradient = no_grad();
        var x = rand(Agreement.Items, 1, 8, 8);
        vae.train();
        // Passes in training mode leave running statistics that are not those of a new layer.
        for (var step = 0; step < 3; step++)
            vae.Decode(vae.Encode(x * 5).Mean * 3);
        var before = vae.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        vae.ExportOnnx(_folder.Folder);
        vae.modules().Should().OnlyContain(part => part.training);
        vae.state_dict().Should().OnlyContain(pair => pair.Value.equal(before[pair.Key]).all().ToBoolean());
        vae.eval();
        var posterior = (DiagonalNormal)vae.Encode(x);
        Agreement.Require(
            _folder["encoder.onnx"], new Dictionary<string, Tensor> { ["x"] = x },
            new Dictionary<string, Tensor> { ["mean"] = posterior.Mean, ["log_variance"] = posterior.LogVariance });
        Agreement.Require(
            _folder["decoder.onnx"], new Dictionary<string, Tensor> { ["z"] = posterior.Mean },
            LikelihoodReference.Of(vae.Decode(posterior.Mean)));
    }

    [Fact]
    public void The_uniform_number_chooses_the_component_by_cumulated_weights()
    {
        using var scope = NewDisposeScope();
        double[] weights = [0.25, 0.5, 0.25];
        using var prior = new MixtureOfGaussiansPrior(2, 3, new() { InitialWeights = weights, InitialLogVariance = -1 });
        new GraphOf(graph => graph.Output("z", prior.WriteTo(graph), [NetworkGraph.Batch, 2], "z")).Write(_folder["p.onnx"]);
        using var run = new OnnxRun(_folder["p.onnx"]);
        float[] numbers = [0, 0.249f, 0.251f, 0.749f, 0.751f, 0.99999994f];
        var z = run.Run(new Dictionary<string, Tensor> { ["uniform"] = tensor(numbers), ["noise"] = zeros(6, 2) })["z"];
        var means = prior.get_parameter("means")!.index_select(0, tensor(new long[] { 0, 0, 1, 1, 2, 2 }));
        z.Values().Should().Equal(means.Values());
    }

    [Fact]
    public void A_part_that_does_not_say_how_is_refused_by_name_and_nothing_is_written()
    {
        using var vae = new Vae(new NormalisedEncoder(), new NormalisedDecoder(), new SilentPrior());
        FluentActions.Invoking(() => vae.ExportOnnx(_folder["folder"])).Should().Throw<NotSupportedException>().WithMessage(
            "SilentPrior does not say what it computes*write in its class: public override GraphValue WriteTo(NetworkGraph graph)");
        Directory.Exists(_folder["folder"]).Should().BeFalse();
        vae.ExportEncoder(_folder["encoder.onnx"]);
        File.Exists(_folder["encoder.onnx"]).Should().BeTrue();
    }

    [Fact]
    public void A_model_of_sequences_is_refused_by_the_name_of_its_part()
    {
        using var vae = (Vae)ModuleTable.Find("Vae of sequences").Make();
        FluentActions.Invoking(() => vae.ExportOnnx(_folder["folder"])).Should().Throw<NotSupportedException>()
            .WithMessage("SequenceEncoder does not say what it computes*");
        FluentActions.Invoking(() => vae.ExportDecoder(_folder["decoder.onnx"])).Should().Throw<NotSupportedException>()
            .WithMessage("RecurrentDecoder does not say what it computes*");
        Directory.GetFileSystemEntries(_folder.Folder).Should().BeEmpty();
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void Other_numbers_than_float32_are_refused(ScalarType type)
    {
        using var vae = Picture();
        vae.to(type);
        FluentActions.Invoking(() => vae.ExportEncoder(_folder["e.onnx"])).Should().Throw<NotSupportedException>()
            .WithMessage($"encoder.trunk.conv1.weight is of type {type};*to(torch.float32)*");
        Directory.GetFiles(_folder.Folder).Should().BeEmpty();
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_refused_by_name()
    {
        using var vae = Picture();
        using (no_grad())
            vae.get_parameter("encoder.trunk.conv1.weight")![0, 0, 0, 0] = float.NaN;
        FluentActions.Invoking(() => vae.ExportOnnx(_folder["folder"])).Should().Throw<ArgumentException>()
            .WithMessage("the weight encoder.trunk.conv1.weight has values that are NaN or infinite*");
        Directory.Exists(_folder["folder"]).Should().BeFalse();
    }

    [Fact]
    public void A_network_that_a_model_has_not_is_refused()
    {
        using var vae = Picture();
        FluentActions.Invoking(() => vae.ExportGraph("classifier", _folder["c.onnx"])).Should().Throw<ArgumentException>()
            .WithMessage("a vaetoolkit.vae has no network 'classifier'; it has encoder, decoder, sampler*");
    }

    [Fact]
    public void A_name_stands_once_in_a_graph_and_values_stay_in_theirs()
    {
        GraphValue? foreign = null;
        new GraphOf(graph => graph.Output("y", foreign = graph.NormalNoise(1), [-1, 1], "y")).Write(_folder["a.onnx"]);
        FluentActions.Invoking(() => new GraphOf(graph => graph.Output("y", foreign!, [-1, 1], "y")).Write(_folder["b.onnx"]))
            .Should().Throw<ArgumentException>().WithMessage("the value noise is of another graph than network*");
        FluentActions.Invoking(() => new GraphOf(graph => graph.Output("noise", graph.NormalNoise(1), [-1, 1], "y")).Write("unwritten"))
            .Should().Throw<ArgumentException>().WithMessage("the graph network has an input or output 'noise' already*");
        FluentActions.Invoking(() => new GraphOf(graph => graph.Apply("Elu", [graph.NormalNoise(1)], ("alpha", 1m))).Write("unwritten"))
            .Should().Throw<ArgumentException>().WithMessage("the attribute alpha is a Decimal;*");
    }

    [Fact]
    public void What_is_written_prints_itself()
    {
        var (text, names) = ("", "");
        new GraphOf(graph =>
        {
            using var likelihood = ObservationModel.Bernoulli(2);
            using var encoder = new MlpEncoder(2, 1, [2]);
            var x = graph.Input("x", [NetworkGraph.Batch, 2], "x");
            (text, names) = ($"{likelihood.WriteTo(graph, x)}", $"{encoder.WriteTo(graph, x)}");
            graph.Output("y", x, [NetworkGraph.Batch, 2], "y");
        }).Write(_folder["p.onnx"]);
        text.Should().MatchRegex(@"^mean Sigmoid_\d+_output, logits \[-1, 2\]$");
        names.Should().MatchRegex(@"^mean Split_\d+_output0, log-variance Clip_\d+_output$");
        using var decoder = new NormalisedDecoder();
        LatentGraphs.Decoder(decoder).ToString().Should().Be("decoder");
    }

    [Fact]
    public void A_file_that_cannot_be_replaced_stays_and_no_temporary_one_is_left()
    {
        using var vae = Picture();
        Directory.CreateDirectory(_folder["e.onnx"]);
        FluentActions.Invoking(() => vae.ExportEncoder(_folder["e.onnx"])).Should().Throw<Exception>()
            .Which.Should().Match(error => error is IOException || error is UnauthorizedAccessException);
        Directory.GetFileSystemEntries(_folder.Folder).Should().ContainSingle();
    }

    [Fact]
    public void Exporting_leaves_no_tensor()
    {
        using var vae = Picture();
        vae.ExportOnnx(_folder.Folder);
        var before = Reference.LiveTensors();
        vae.ExportOnnx(_folder.Folder);
        torch.Tensor.TotalCount.Should().Be(before);
    }

    private static Vae Picture()
    {
        var encoder = new ConvEncoder([1, 8, 8], 3, [2, 3], 6);
        return new(encoder, new ConvDecoder(3, ObservationModel.Bernoulli(1, 8, 8), [2, 3], 6), new VampPrior(encoder, [1, 8, 8], 4));
    }
}
