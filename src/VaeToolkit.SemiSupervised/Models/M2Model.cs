using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The semi-supervised model M2 (Kingma et al. 2014): p(x,y,z) = p(y) p(z) p(x|y,z) with q(y,z|x) = q(y|x) q(z|x,y), where q(y|x) is any
/// classifier. Where y is not known it is summed out.
/// </summary>
public sealed class M2Model : torch.nn.Module, IGraphModel, IDescribedPart
{
    internal const string PartName = "m2";

    /// <summary>The kind that saved weights carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.m2";

    /// <summary>Puts the parts together; the model owns them.</summary>
    /// <param name="generative">p(x|y,z), q(z|x,y) and p(z).</param>
    /// <param name="classifier">q(y|x): a module that maps items <c>[N, *item]</c> to logits <c>[N, RowSize]</c>.</param>
    /// <param name="labels">What a label can be.</param>
    /// <param name="labelPrior">p(y); null for the uniform one.</param>
    /// <exception cref="ArgumentException">The parts disagree about the labels.</exception>
    public M2Model(
        ConditionalVae generative, torch.nn.Module<torch.Tensor, torch.Tensor> classifier, LabelSpace labels, LabelPrior? labelPrior = null)
        : base(nameof(M2Model))
    {
        ArgumentNullException.ThrowIfNull(generative);
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(labels);
        if (labelPrior is not null && labelPrior.Count != labels.Count)
            throw new ArgumentException($"the prior is over {labelPrior.Count} classes, there are {labels.Count}", nameof(labelPrior));
        generative.Adopt(labels, nameof(generative));
        (Generative, Classifier, Labels, LabelPrior) = (generative, classifier, labels, labelPrior ?? LabelPrior.Uniform(labels.Count));
        register_module("generative", Generative);
        register_module("classifier", Classifier);
        register_module("label_prior", LabelPrior);
    }

    /// <summary>p(x|y,z), q(z|x,y) and p(z).</summary>
    public ConditionalVae Generative { get; }

    /// <summary>q(y|x).</summary>
    public torch.nn.Module<torch.Tensor, torch.Tensor> Classifier { get; }

    /// <summary>What a label can be.</summary>
    public LabelSpace Labels { get; }

    /// <summary>p(y).</summary>
    public LabelPrior LabelPrior { get; }

    string IGraphModel.GraphKind => Kind;

    IReadOnlyList<long> IGraphModel.ItemShape => Generative.ItemShape;

    long IGraphModel.LatentSize => Generative.LatentSize;

    IReadOnlyList<GraphDefinition> IGraphModel.Graphs
        => [.. ConditionalGraphs.Of(Generative), ConditionalGraphs.Classifier(Classifier, Generative.ItemShape, Labels.RowSize)];

    /// <summary>log q(y|x) of every class in nats, from the logarithm of the softmax, so that no class is at −∞.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <returns><c>[N, Y]</c>.</returns>
    /// <exception cref="ArgumentException">
    /// There are no items, they are not in the model's item shape (or flat) or do not fit the classifier, a value is NaN or infinite, or it
    /// answers with another number of logits.
    /// </exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item. Within a step of training that is
    /// not looked at.</exception>
    public torch.Tensor LogProbs(torch.Tensor x)
    {
        Generative.RequireFinite(x);
        return TrainingStep.IsComputed ? LogProbsOfChecked(x) : Shape.RequireAnswers(LogProbsOfChecked(x), nameof(x));
    }

    /// <summary>q(y|x) of every class, in evaluation mode, without gradients.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <returns><c>[N, Y]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The items do not fit the classifier.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    public torch.Tensor Classify(torch.Tensor x)
    {
        Generative.RequireFinite(x);
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        return Shape.RequireAnswers(LogProbsOfChecked(x).exp(), nameof(x)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// p(y|x) by Bayes' rule from importance-weighted estimates of log p(x,y) (Burda et al. 2016, eq. 8, for every class): slower than
    /// <see cref="Classify"/>, and independent of q(y|x). In evaluation mode, without gradients.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="samples">Samples of z for every item and class, at least 1.</param>
    /// <param name="seed">The same seed gives the same answer, whatever other threads draw; null takes random numbers from TorchSharp's
    /// default generator.</param>
    /// <returns><c>[N, Y]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The items do not fit the model, or are outside of the likelihood's support; the message names
    /// the first.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    public torch.Tensor ClassifyByEvidence(torch.Tensor x, int samples = 100, long? seed = null)
    {
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        Generative.RequireFinite(x);
        using var mode = EvaluationMode.Enter(this);
        using var noise = seed is { } given ? NoiseSource.Begin(this, given) : null;
        using var scope = torch.NewDisposeScope();
        Generative.RequireInSupport(x, firstItem: 0, nameof(x));
        return Shape.RequireAnswers(EvidenceOfChecked(x, samples), nameof(x)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Both halves together, p(y|x) ∝ q(y|x) p̂(x,y)^τ, with p̂(x,y) as in <see cref="ClassifyByEvidence"/>: what they get wrong is
    /// not the same. A decoder takes pixels for independent, so that its evidence is too sure of itself, and a weight well below one is
    /// right (Raina et al. 2004 have such exponents). In evaluation mode, without gradients.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="evidenceWeight">τ, at least 0: with 0 it is <see cref="Classify"/>.
    /// To be chosen on items that are neither trained nor tested on.</param>
    /// <param name="samples">Samples of z for every item and class, at least 1.</param>
    /// <param name="seed">The same seed gives the same answer, whatever other threads draw; null takes random numbers from TorchSharp's
    /// default generator.</param>
    /// <returns><c>[N, Y]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The items do not fit the model, or are outside of the likelihood's support; the message names
    /// the first.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="evidenceWeight"/> is below 0 or not finite, or
    /// <paramref name="samples"/> is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    public torch.Tensor ClassifyByBoth(torch.Tensor x, double evidenceWeight, int samples = 10, long? seed = null)
    {
        RequireEvidenceWeight(evidenceWeight);
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        Generative.RequireFinite(x);
        using var mode = EvaluationMode.Enter(this);
        using var noise = seed is { } given ? NoiseSource.Begin(this, given) : null;
        using var scope = torch.NewDisposeScope();
        Generative.RequireInSupport(x, firstItem: 0, nameof(x));
        return Shape.RequireAnswers(BothOfChecked(x, evidenceWeight, samples), nameof(x)).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public M2Model to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>Writes the model as a folder that <see cref="Load"/> opens without code: <see cref="ModelFolder.Save"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="NotSupportedException">A part does not say how it is made.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder) => ModelFolder.Save(this, folder);

    /// <summary>Makes the model of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>.</summary>
    /// <param name="folder">The folder, also a checkpoint of training such as <c>run/best</c>.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">It holds something else, is damaged, or has parts that this program has not.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static M2Model Load(string folder) => ModelFolder.Load<M2Model>(folder);

    /// <summary>Writes the weights and persistent buffers as safetensors, to a temporary name first.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(string path) => ModelWeights.Save(this, path, Kind);

    /// <summary>Reads weights that <see cref="SaveWeights"/> wrote. Nothing is changed unless everything fits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ignoreDescription">Whether weights that fit are read even where the file says that they are of a model with other
    /// options, such as another activation.</param>
    /// <exception cref="SafeTensorsException">The file is damaged, or of another kind.</exception>
    /// <exception cref="WeightsMismatchException">The weights are of another model:
    /// all missing, unexpected and wrongly shaped keys are listed, and all options that differ.</exception>
    public void LoadWeights(string path, bool ignoreDescription = false) => ModelWeights.Load(this, path, Kind, ignoreDescription);

    /// <summary>The parts.</summary>
    public override string ToString()
        => string.Join(Environment.NewLine, $"M2Model: {Labels}, classifier {Classifier}", Generative.ToString());

    /// <summary>log q(y|x) of items that somebody has looked through for NaN already.</summary>
    internal torch.Tensor LogProbsOfChecked(torch.Tensor x) => Labels.LogProbs(Logits(x));

    /// <summary>As <see cref="ClassifyByEvidence"/>, of such items; who asks looks at the answers, and has set the mode.</summary>
    internal torch.Tensor EvidenceOfChecked(torch.Tensor x, int samples) => JointEvidence.Of(this, x, samples).softmax(1);

    /// <summary>Likewise as <see cref="ClassifyByBoth"/>.</summary>
    internal torch.Tensor BothOfChecked(torch.Tensor x, double evidenceWeight, int samples)
        => (LogProbsOfChecked(x) + (JointEvidence.Of(this, x, samples) * evidenceWeight)).softmax(1);

    internal static void RequireEvidenceWeight(double evidenceWeight) => OptionRange.Require(
        evidenceWeight >= 0 && double.IsFinite(evidenceWeight), nameof(evidenceWeight), evidenceWeight,
        "the weight of the evidence must be a number of at least 0");

    /// <summary>The classifier's logits, <c>[N, RowSize]</c>.</summary>
    internal torch.Tensor Logits(torch.Tensor x)
    {
        Shape.RequireItems(x, Generative.ItemShape, nameof(x));
        return EngineError.Of(Classifier, x, nameof(x), () => Classifier.call(x));
    }

    /// <summary>Registers nothing beyond the parts.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("generative", Generative)
        .With("classifier", Classifier).With("label_prior", LabelPrior).With("labels", Labels.Sizes);

    internal static M2Model From(PartOptions options) => new(
        options.Part<ConditionalVae>("generative"), options.Part<torch.nn.Module<torch.Tensor, torch.Tensor>>("classifier"),
        LabelSpace.Of(options.WholeNumbers("labels")), options.Part<LabelPrior>("label_prior"));
}
