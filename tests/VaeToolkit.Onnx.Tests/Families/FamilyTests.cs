using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Contract.Tests;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.VisualFields;
using static TorchSharp.torch;

namespace VaeToolkit.Onnx.Tests.Families;

/// <summary>Every module of the contract tests' table, as a file that ONNX Runtime runs beside TorchSharp.</summary>
public sealed class FamilyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // They have no network of a latent-variable model, or none that ONNX states.
    private static readonly string[] s_others =
    [
        "FeatureClassifier", "LabelPrior.Uniform", "LabelPrior.Learned", "LabelPrior.Proportional", "BayesianConv3d",
        "BayesianConv3d of drawn weights", "UNet3d", "UNet3d with groups and concatenation", "BayesianUNet3d",
        "BayesianUNet3d with groups and concatenation", "IncrementalClassifier", "SequenceEncoder", "RecurrentDecoder",
        "RecurrentDecoder of two layers", "Vae of sequences", "MoleculeVae", "MoleculeVae without properties", "PropertyNetwork",
    ];

    public static TheoryData<string> Exported => [.. Names];

    /// <summary>The names of the families that are exported.</summary>
    internal static IEnumerable<string> Names => ModuleTable.Entries.Select(entry => entry.Name).Except(s_others);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Exported))]
    public void Answers_as_TorchSharp_does_on_a_thousand_items(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var module = ModuleTable.Find(name).Make();
        using var noGradient = no_grad();
        foreach (var parameter in module.parameters())
            parameter.add_(randn_like(parameter) * 0.1);
        var modes = module.modules().Select(part => part.training).ToList();
        Require(module);
        module.modules().Select(part => part.training).Should().Equal(modes);
    }

    [Fact]
    public void What_is_not_exported_is_in_the_table()
        => ModuleTable.Entries.Select(entry => entry.Name).Should().Contain(s_others);

    private void Require(nn.Module module)
    {
        switch (module)
        {
            case Vae vae:
                RequireModel(vae, vae.Encoder, vae.Decoder, vae.Prior, vae.ItemShape);
                break;
            case DeepArchetypes archetypes:
                RequireArchetypes(archetypes);
                break;
            case InformationBottleneck bottleneck:
                RequireModel(bottleneck, bottleneck.Encoder, bottleneck.Decoder, bottleneck.Prior, bottleneck.InputShape);
                break;
            case M2Model m2:
                RequireConditional(m2, m2.Generative);
                RequireLogits(m2, m2.Classifier, m2.Generative.ItemShape);
                break;
            case ConditionalVae vae:
                RequireConditional(vae, vae);
                break;
            case Savae savae:
                SavaeReference.Require(savae, _folder);
                break;
            default:
                RequirePart(module);
                break;
        }
    }

    private void RequirePart(nn.Module module)
    {
        switch (module)
        {
            case Encoder encoder:
                var shape = ShapeOf(encoder);
                RequireEncoder(Part(LatentGraphs.Encoder(encoder, shape)), encoder, shape);
                break;
            case Decoder decoder:
                RequireDecoder(Part(LatentGraphs.Decoder(decoder)), decoder);
                break;
            case Prior prior:
                RequireDraws(Part(new(
                    "sampler", graph => LatentGraphs.DeclareLatents(graph, prior.WriteTo(graph), prior.LatentSize))), prior);
                break;
            case ObservationModel likelihood:
                RequireLikelihood(likelihood);
                break;
            case ConditionalEncoder encoder:
                RequireConditionalEncoder(encoder);
                break;
            case ConditionalDecoder decoder:
                RequireConditionalDecoder(decoder);
                break;
            case nn.Module<Tensor, Tensor> classifier:
                RequireClassifier(classifier);
                break;
            default:
                throw new ArgumentException($"no network for a {module.GetType().Name}", nameof(module));
        }
    }

    private void RequireModel(IGraphModel model, Encoder encoder, Decoder decoder, Prior prior, IReadOnlyList<long> inputShape)
    {
        var paths = model.ExportOnnx(_folder.Folder);
        paths.Select(Path.GetFileName).Should().Equal("encoder.onnx", "decoder.onnx", "sampler.onnx");
        RequireEncoder(paths[0], encoder, inputShape);
        RequireDecoder(paths[1], decoder);
        var (z, inputs) = PriorReference.Draw(prior, Agreement.Items);
        var mean = InEvaluation(decoder, () => decoder.forward(z).Mean);
        Agreement.Require(paths[2], inputs, new Dictionary<string, Tensor> { ["z"] = z, ["mean"] = mean });
    }

    private void RequireArchetypes(DeepArchetypes model)
    {
        var paths = model.ExportOnnx(_folder.Folder).ToDictionary(path => Path.GetFileNameWithoutExtension(path));
        var x = rand([Agreement.Items, .. model.ItemShape]);
        var reading = InEvaluation(model, () => model.Encoder.Read(x));
        var answers = Posterior(reading.Posterior);
        answers.Add("weights", reading.Weights);
        Agreement.Require(paths["encoder"], new Dictionary<string, Tensor> { ["x"] = x }, answers);
        RequireDecoder(paths["decoder"], model.Decoder);
        var (z, inputs) = PriorReference.Draw(model.Prior, Agreement.Items);
        Agreement.Require(paths["sampler"], inputs, new Dictionary<string, Tensor> { ["z"] = z, ["mean"] = model.Decode(z).Mean });
        if (model.Side is not null)
            RequireDecoder(paths["side"], model.Side);
    }

    private static void RequireEncoder(string path, Encoder encoder, IReadOnlyList<long> shape)
    {
        var x = rand([Agreement.Items, .. shape]);
        Agreement.Require(path, new Dictionary<string, Tensor> { ["x"] = x }, Posterior(InEvaluation(encoder, () => encoder.forward(x))));
    }

    private static void RequireDecoder(string path, Decoder decoder)
    {
        var z = randn(Agreement.Items, decoder.LatentSize) * 2;
        Agreement.Require(
            path, new Dictionary<string, Tensor> { ["z"] = z },
            InEvaluation(decoder, () => LikelihoodReference.Of(decoder.forward(z))));
    }

    private static void RequireDraws(string path, Prior prior)
    {
        var (z, inputs) = PriorReference.Draw(prior, Agreement.Items);
        Agreement.Require(path, inputs, new Dictionary<string, Tensor> { ["z"] = z });
    }

    private void RequireLikelihood(ObservationModel likelihood)
    {
        long[] raw = [likelihood.ItemShape[0] * likelihood.ParametersPerValue, .. likelihood.ItemShape.Skip(1)];
        var path = Part(new("likelihood", graph => LatentGraphs.Declare(
            graph, likelihood.WriteTo(graph, graph.Input("raw", [NetworkGraph.Batch, .. raw], "raw output")), likelihood.ItemShape)));
        var values = randn([Agreement.Items, .. raw]) * 3;
        Agreement.Require(
            path, new Dictionary<string, Tensor> { ["raw"] = values }, LikelihoodReference.Of(likelihood.forward(values)));
    }

    private void RequireConditional(IGraphModel model, ConditionalVae vae)
    {
        var paths = model.ExportOnnx(_folder.Folder).ToDictionary(path => Path.GetFileNameWithoutExtension(path));
        var y = Place.Usual.OneHot(Agreement.Items, vae.LabelSize);
        var (z, inputs) = PriorReference.Draw(vae.Prior, Agreement.Items);
        inputs.Add("y", y);
        Agreement.Require(paths["sampler"], inputs, new Dictionary<string, Tensor> { ["z"] = z, ["mean"] = vae.Decode(z, y).Mean });
        RequireConditionalEncoder(vae.Encoder, paths["encoder"]);
        RequireConditionalDecoder(vae.Decoder, paths["decoder"]);
    }

    private void RequireConditionalEncoder(ConditionalEncoder encoder, string? path = null)
    {
        var (x, y) = (rand(Agreement.Items, 6), Place.Usual.OneHot(Agreement.Items, encoder.LabelSize));
        path ??= Part(new("encoder", graph => LatentGraphs.Declare(
            graph, encoder.WriteTo(graph, graph.Input("x", [-1, 6], "items"), graph.Input("y", [-1, encoder.LabelSize], "labels")),
            encoder.LatentSize)));
        Agreement.Require(path, new Dictionary<string, Tensor> { ["x"] = x, ["y"] = y }, Posterior(encoder.forward(x, y)));
    }

    private void RequireConditionalDecoder(ConditionalDecoder decoder, string? path = null)
    {
        var (z, y) = (randn(Agreement.Items, decoder.LatentSize), Place.Usual.OneHot(Agreement.Items, decoder.LabelSize));
        path ??= Part(new("decoder", graph => LatentGraphs.Declare(
            graph, decoder.WriteTo(
                graph, graph.Input("z", [-1, decoder.LatentSize], "latents"), graph.Input("y", [-1, decoder.LabelSize], "labels")),
            decoder.ItemShape)));
        Agreement.Require(
            path, new Dictionary<string, Tensor> { ["z"] = z, ["y"] = y }, LikelihoodReference.Of(decoder.forward(z, y)));
    }

    private void RequireLogits(IGraphModel model, nn.Module<Tensor, Tensor> classifier, IReadOnlyList<long> shape)
    {
        model.ExportGraph("classifier", _folder["classifier.onnx"]);
        var x = rand([Agreement.Items, .. shape]);
        Agreement.Require(
            _folder["classifier.onnx"], new Dictionary<string, Tensor> { ["x"] = x },
            new Dictionary<string, Tensor> { ["logits"] = InEvaluation(classifier, () => classifier.call(x)) });
    }

    private void RequireClassifier(nn.Module<Tensor, Tensor> classifier)
    {
        long[] shape = classifier is ConvClassifier ? [1, 8, 8] : [6];
        var path = Part(new("classifier", graph => graph.Output(
            "logits", graph.Layer(classifier, graph.Input("x", [-1, .. shape], "items")), [-1, 3], "logits")));
        var x = rand([Agreement.Items, .. shape]);
        Agreement.Require(
            path, new Dictionary<string, Tensor> { ["x"] = x },
            new Dictionary<string, Tensor> { ["logits"] = InEvaluation(classifier, () => classifier.call(x)) });
    }

    private string Part(GraphDefinition definition)
    {
        var path = _folder[$"{definition.Name}.onnx"];
        new GraphOf(definition.Write).Write(path);
        return path;
    }

    private static T InEvaluation<T>(nn.Module module, Func<T> compute)
    {
        using var mode = EvaluationMode.Enter(module);
        return compute();
    }

    private static Dictionary<string, Tensor> Posterior(Posterior posterior)
        => posterior is DiagonalNormal normal
            ? new() { ["mean"] = normal.Mean, ["log_variance"] = normal.LogVariance }
            : new() { ["mean"] = posterior.Mean, ["log_variance"] = posterior.Variance.log() };

    private static long[] ShapeOf(Encoder encoder) => encoder switch
    {
        ConvEncoder => [1, 8, 8],
        ResidualEncoder => [3, 8, 8],
        FieldEncoder => [2, 12, 12],
        _ => [6],
    };
}
