using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The last stage of a decoder whose item is a class, given as a one-hot row of Y numbers; the raw output is the classes' logits.
/// </summary>
/// <param name="classes">Y, at least 2.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 2.</exception>
public sealed class ClassLikelihood(long classes)
    : ObservationModel(nameof(ClassLikelihood), [RequireTwo(classes)]), IDescribedPart
{
    internal const string PartName = "class-likelihood";

    /// <inheritdoc/>
    public override long ParametersPerValue => 1;

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input) => new ClassDistribution(RequireRaw(input));

    private static long RequireTwo(long classes) => classes >= 2
        ? classes
        : throw new ArgumentOutOfRangeException(nameof(classes), classes, "there must be at least 2 classes");

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw.Softmax(-1), OfValues("logits", raw, "logits of the classes"));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("classes", ItemShape[0]);

    internal static ClassLikelihood From(PartOptions options) => new(options.WholeNumber("classes"));
}
