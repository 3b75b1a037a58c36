using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A linear encoder with one variance for all items: q(z|x) = N(z; Wx + b, diag σ²). With a linear decoder it is exact for Gaussian data.
/// Saved keys: <c>linear.weight</c>, <c>linear.bias</c> and <c>log_variance</c>, <c>[Z]</c>.
/// </summary>
public sealed class LinearEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "linear-encoder";

    private readonly Linear _linear;
    private readonly LogVarianceRange _range;
    private readonly long _inputSize;

    /// <summary>
    /// Makes the encoder with PyTorch's initial weights and log-variances at 0, or at the end of their range nearest to it.
    /// </summary>
    /// <param name="inputSize">Values in an item, D.</param>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="range">The range that log-variances are clamped to; null for [−6, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException">The range is empty.</exception>
    public LinearEncoder(long inputSize, long latentSize, LogVarianceRange? range = null)
        : base(nameof(LinearEncoder))
    {
        Shape.RequirePositive(inputSize, "the input size", nameof(inputSize));
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        (_inputSize, LatentSize, _range) = (inputSize, latentSize, (range ?? new()).Validated(nameof(range)));
        _linear = torch.nn.Linear(inputSize, latentSize);
        register_module("linear", _linear);
        using var scope = torch.NewDisposeScope();
        // Outside its range it would never get a gradient.
        var start = Math.Clamp(0, _range.Minimum, _range.Maximum);
        this.RegisterParameter("log_variance", torch.full([latentSize], start, torch.float32));
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input)
    {
        var rows = Shape.Flat(input, _inputSize, nameof(input));
        var mean = EngineError.Of(this, rows, nameof(input), () => _linear.forward(rows));
        var logVariance = get_parameter("log_variance")!.clamp(_range.Minimum, _range.Maximum);
        return new DiagonalNormal(mean, logVariance.expand_as(mean));
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(LinearEncoder)} {_inputSize} → {LatentSize}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("input_size", _inputSize)
        .With("latent_size", LatentSize).With("log_variance", _range);

    internal static LinearEncoder From(PartOptions options)
    {
        var (inputs, latents) = (options.WholeNumber("input_size"), options.WholeNumber("latent_size"));
        options.RequireWeights(inputs, latents);
        return new(inputs, latents, options.Range("log_variance"));
    }
}
