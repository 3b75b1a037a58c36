using System.Globalization;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>The prior p(y) over classes: uniform, fixed or learned. Saved key: <c>logits</c>, <c>[Y]</c>.</summary>
public sealed class LabelPrior : torch.nn.Module, IDescribedPart
{
    internal const string PartName = "label-prior";

    private readonly bool _learned;
    private readonly double[] _values;

    private LabelPrior(double[] values, bool learned)
        : base(nameof(LabelPrior))
    {
        (Count, _values, _learned) = (values.Length, values, learned);
        using var scope = torch.NewDisposeScope();
        var logits = torch.tensor(values, device: torch.CPU).to(torch.float32);
        if (learned)
            this.RegisterParameter("logits", logits);
        else
            this.RegisterBuffer("logits", logits);
    }

    /// <summary>Y, classes.</summary>
    public long Count { get; }

    /// <summary>p(y) = 1/Y, as in the 2014 paper's experiments.</summary>
    /// <param name="classes">Y, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 1.</exception>
    public static LabelPrior Uniform(long classes) => Flat(classes, learned: false);

    /// <summary>p(y) learned with the model; it starts uniform.</summary>
    /// <param name="classes">Y, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 1.</exception>
    public static LabelPrior Learned(long classes) => Flat(classes, learned: true);

    /// <summary>A fixed p(y), such as the shares of the labelled rows.</summary>
    /// <param name="weights">A positive number for every class; they are normalised.</param>
    /// <exception cref="ArgumentException">There are none, or one is not positive.</exception>
    public static LabelPrior Proportional(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Count == 0 || weights.Any(weight => !(weight > 0 && double.IsFinite(weight))))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"the weights are {string.Join(", ", weights)}; "
                + $"there must be at least one, and each positive: a class of probability 0 has an infinite loss"), nameof(weights));
        // In units of the largest: a sum of large weights is no number, nor is what is left of small ones beside them.
        var largest = weights.Max();
        var logSum = Math.Log(weights.Sum(weight => weight / largest)) + Math.Log(largest);
        return new([.. weights.Select(weight => Math.Log(weight) - logSum)], learned: false);
    }

    /// <summary>log p(y) of every class in nats, <c>[Y]</c>.</summary>
    public torch.Tensor LogProbs() => (_learned ? get_parameter("logits")! : get_buffer("logits")!).log_softmax(0);

    /// <summary>The number of classes, and whether it is learned.</summary>
    public override string ToString() => $"{nameof(LabelPrior)} over {Count} classes, {(_learned ? "learned" : "fixed")}";

    /// <summary>Registers nothing: the logits are registered by name.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        if (!_learned)
            this.MakeExact("logits", _values);
    }

    private static LabelPrior Flat(long classes, bool learned)
    {
        Shape.RequirePositive(classes, "the number of classes", nameof(classes));
        return new(new double[classes], learned);
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("classes", Count).With("learned", _learned);

    internal static LabelPrior From(PartOptions options)
    {
        var classes = options.WholeNumber("classes");
        options.RequireWeights(classes);
        return Flat(classes, options.Flag("learned"));
    }
}
