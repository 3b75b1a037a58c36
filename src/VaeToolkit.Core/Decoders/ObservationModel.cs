using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit;

/// <summary>
/// The last stage of a decoder: turns its raw output into the likelihood of independent values. It says how many raw numbers a value
/// takes, so a decoder knows how wide its last layer must be.
/// </summary>
public abstract class ObservationModel : torch.nn.Module<torch.Tensor, Likelihood>
{
    private readonly long[] _itemShape;

    /// <summary>Takes the item's shape.</summary>
    /// <param name="name">The module's name.</param>
    /// <param name="itemShape">Shape of one item, such as <c>[784]</c> or <c>[1, 28, 28]</c>.</param>
    /// <exception cref="ArgumentException">The shape has no axes, or one below 1.</exception>
    protected ObservationModel(string name, IReadOnlyList<long> itemShape)
        : base(name) => _itemShape = Shape.RequireItemShape(itemShape, nameof(itemShape));

    /// <summary>Shape of one item.</summary>
    public IReadOnlyList<long> ItemShape => _itemShape;

    /// <summary>Raw numbers for each value: 1 for Bernoulli, 2 for a normal with learned variance.</summary>
    public abstract long ParametersPerValue { get; }

    /// <summary>The likelihood with the given raw output.</summary>
    /// <param name="input">
    /// <c>[N, *raw]</c> or <c>[K, N, *raw]</c>, where <c>raw</c> is the item's shape with its first axis
    /// <see cref="ParametersPerValue"/> times as long.
    /// </param>
    public abstract override Likelihood forward(torch.Tensor input);

    /// <summary>Bernoulli pixels; the raw output is their logits.</summary>
    /// <param name="itemShape">Shape of one item, such as 784, or 1, 28, 28.</param>
    public static ObservationModel Bernoulli(params IReadOnlyList<long> itemShape) => new BernoulliObservationModel(itemShape);

    /// <summary>Normal values of one fixed variance; the raw output is their mean.</summary>
    /// <param name="variance">σ², above zero.</param>
    /// <param name="itemShape">Shape of one item.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="variance"/> is not a positive number, or too small to
    /// be divided by.</exception>
    public static ObservationModel Gaussian(double variance, params IReadOnlyList<long> itemShape)
        => new FixedGaussianObservationModel(variance, itemShape);

    /// <summary>
    /// Normal values of a learned variance each, clamped to [−6, 2] in log-variance; the raw output is mean and log-variance.
    /// </summary>
    /// <param name="itemShape">Shape of one item.</param>
    public static ObservationModel LearnedGaussian(params IReadOnlyList<long> itemShape)
        => new LearnedGaussianObservationModel(new(), itemShape);

    /// <summary>Normal values of a learned variance each; the raw output is mean and log-variance.</summary>
    /// <param name="range">The range of the log-variance, or null for none.</param>
    /// <param name="itemShape">Shape of one item.</param>
    /// <exception cref="ArgumentException">The range is empty.</exception>
    public static ObservationModel LearnedGaussian(LogVarianceRange? range, params IReadOnlyList<long> itemShape)
        => new LearnedGaussianObservationModel(range, itemShape);

    /// <summary>
    /// Normal values of one variance that all values share and that is learned; the raw output is their mean. The decoder's saved key is
    /// <c>likelihood.log_variance</c>, <c>[1]</c>; it starts at 0 and is clamped to [−6, 2].
    /// </summary>
    /// <param name="itemShape">Shape of one item.</param>
    public static ObservationModel SharedGaussian(params IReadOnlyList<long> itemShape)
        => new SharedGaussianObservationModel(new(), itemShape);

    /// <summary>As <see cref="SharedGaussian(IReadOnlyList{long})"/> with another range.</summary>
    /// <param name="range">The range of the log-variance, or null for none. It starts at 0, or at the end nearest to it.</param>
    /// <param name="itemShape">Shape of one item.</param>
    /// <exception cref="ArgumentException">The range is empty.</exception>
    public static ObservationModel SharedGaussian(LogVarianceRange? range, params IReadOnlyList<long> itemShape)
        => new SharedGaussianObservationModel(range, itemShape);

    /// <summary>Laplace values of one fixed scale; the raw output is their location.</summary>
    /// <param name="scale">b, above zero.</param>
    /// <param name="itemShape">Shape of one item.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is not a positive number, or too small to
    /// be divided by.</exception>
    public static ObservationModel Laplace(double scale, params IReadOnlyList<long> itemShape)
        => new FixedLaplaceObservationModel(scale, itemShape);

    /// <summary>
    /// Laplace values of a learned scale each, clamped to [−6, 2] in log-scale; the raw output is location and log-scale.
    /// </summary>
    /// <param name="itemShape">Shape of one item.</param>
    public static ObservationModel LearnedLaplace(params IReadOnlyList<long> itemShape) => new LearnedLaplaceObservationModel(itemShape);

    /// <summary>
    /// Grey values k / 255 under a logistic distribution cut into 256 bins; the raw output is location and log-scale of each value, the
    /// latter clamped to [−7, 2].
    /// </summary>
    /// <param name="itemShape">Shape of one item.</param>
    public static ObservationModel DiscretisedLogistic(params IReadOnlyList<long> itemShape)
        => new DiscretisedLogisticObservationModel(itemShape);

    /// <summary>
    /// Grey values k / 255 under a mixture of logistic distributions, each cut into 256 bins; the raw output is M logits of the weights, M
    /// locations and M log-scales of each value, the last clamped to [−7, 2]. To locations (m + ½) / M is added, so that the components
    /// begin spread over the range of the values.
    /// </summary>
    /// <param name="components">M, at least 1; 5 and 10 are usual.</param>
    /// <param name="itemShape">Shape of one item.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="components"/> is below 1.</exception>
    public static ObservationModel DiscretisedLogisticMixture(int components, params IReadOnlyList<long> itemShape)
        => new DiscretisedLogisticMixtureObservationModel(components, itemShape);

    /// <summary>
    /// Grey values k / 255 with a free probability for each of the 256 levels; the raw output is 256 logits for each value.
    /// </summary>
    /// <param name="itemShape">Shape of one item.</param>
    public static ObservationModel Categorical(params IReadOnlyList<long> itemShape) => new CategoricalObservationModel(itemShape);

    /// <summary>Values on [0, 1] under the continuous Bernoulli distribution; the raw output is their logits.</summary>
    /// <param name="itemShape">Shape of one item.</param>
    public static ObservationModel ContinuousBernoulli(params IReadOnlyList<long> itemShape)
        => new ContinuousBernoulliObservationModel(itemShape);

    /// <summary>The item's shape and the likelihood's name.</summary>
    public override string ToString() => $"{GetName()} {Shape.Text(_itemShape)}";

    /// <summary>
    /// Writes the likelihood into a graph, so that it can be exported (<c>VaeToolkit.Onnx</c>). A part of your own overrides it.
    /// </summary>
    /// <param name="graph">Where to.</param>
    /// <param name="raw">The raw output, <c>[N, *raw]</c>.</param>
    /// <exception cref="NotSupportedException">The part does not say how; the message shows the line to write.</exception>
    public virtual LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
        => throw UnwrittenPart.Of(this, "public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)");

    /// <summary>A raw output in the shape that the likelihood takes, for the beginning of a <see cref="forward"/>.</summary>
    /// <param name="input">The raw output.</param>
    /// <returns>The same.</returns>
    /// <exception cref="ArgumentException">It is not <c>[N, *raw]</c> or <c>[K, N, *raw]</c>; a convolutional decoder's picture may be
    /// larger or smaller.</exception>
    protected torch.Tensor RequireRaw(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        long[] raw = [_itemShape[0] * ParametersPerValue, .. _itemShape.AsSpan(1)], shape = input.shape;
        return shape.Length - raw.Length is 1 or 2 && shape[^raw.Length] == raw[0] ? input
            : throw new ArgumentException(
                $"input has shape {Shape.Text(shape)}; {this} takes [N, {string.Join(", ", raw)}] or [K, N, {string.Join(", ", raw)}]",
                nameof(input));
    }

    /// <summary>A parameter in the shape of the items, for <see cref="WriteTo"/>.</summary>
    /// <param name="name">Its name as an output.</param>
    /// <param name="value">Its value, <c>[N, *item]</c>.</param>
    /// <param name="meaning">What it is, in a few words.</param>
    protected GraphParameter OfValues(string name, GraphValue value, string meaning)
        => new(name, value, [NetworkGraph.Batch, .. _itemShape], meaning);

    /// <summary>
    /// TorchSharp's own way, which registers every field that holds a module, a parameter or a tensor under the field's name; a constructor
    /// may end with it, and TorchSharp calls it when this part becomes a part of another. It does nothing where something was registered by
    /// name: those names are the keys in saved files, and registering is then the part's own matter.
    /// </summary>
    protected override void RegisterComponents()
    {
        if (!this.HasRegistered())
            base.RegisterComponents();
    }
}
