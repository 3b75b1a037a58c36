using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A 3×3×3 convolution without bias whose weights have the posterior q(w) = N(w; μ, exp λ), independent for each weight. The parameters
/// are <c>mean</c> and <c>log_variance</c>, both <c>[out, in, 3, 3, 3]</c>.
/// </summary>
/// <remarks>
/// With local reparameterisation (Kingma, Salimans and Welling 2015, eq. 6) the output is conv(x, μ) + √(conv(x², exp λ) + 1e-10) ε.
/// </remarks>
public sealed class BayesianConv3d : Module<torch.Tensor, torch.Tensor>, IDescribedPart
{
    internal const string PartName = "bayesian-conv3d";

    /// <summary>λ is kept within this range: <see cref="ProjectLogVariance"/> brings it back, so that no gradient is cut.</summary>
    public const double LowestLogVariance = -20;

    /// <summary>The upper end of λ's range.</summary>
    public const double HighestLogVariance = 2;

    // What a prediction on this thread computes with.
    [ThreadStatic]
    private static IReadOnlyDictionary<BayesianConv3d, torch.Tensor>? s_lent;

    private static readonly long[] s_padding = [1, 1, 1];

    private readonly long[] _strides;
    private readonly string _sizes;
    private torch.Tensor? _drawn;

    /// <summary>Makes the layer; the means start as Kaiming's normal with fan-in (He et al. 2015).</summary>
    /// <param name="inputs">Channels in, at least 1.</param>
    /// <param name="outputs">Channels out, at least 1.</param>
    /// <param name="stride">The stride of every axis, at least 1.</param>
    /// <param name="logVariance">λ at the start, in [−20, 2].</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BayesianConv3d(long inputs, long outputs, long stride = 1, double logVariance = -9)
        : base(nameof(BayesianConv3d))
    {
        Shape.RequirePositive(inputs, "the number of input channels", nameof(inputs));
        Shape.RequirePositive(outputs, "the number of output channels", nameof(outputs));
        Shape.RequirePositive(stride, "the stride", nameof(stride));
        if (!(logVariance is >= LowestLogVariance and <= HighestLogVariance))
            throw new ArgumentOutOfRangeException(
                nameof(logVariance), logVariance, $"the log-variance must be in [{LowestLogVariance}, {HighestLogVariance}]");
        _strides = [stride, stride, stride];
        _sizes = $"{inputs} → {outputs}, stride {stride}";
        long[] shape = [outputs, inputs, 3, 3, 3];
        using var scope = torch.NewDisposeScope();
        var mean = init.kaiming_normal_(torch.empty(shape), nonlinearity: init.NonlinearityType.ReLU);
        this.RegisterParameter("mean", mean);
        this.RegisterParameter("log_variance", torch.full(shape, logVariance, dtype: torch.float32));
    }

    /// <summary>μ, <c>[out, in, 3, 3, 3]</c>.</summary>
    public Parameter Mean => get_parameter("mean")!;

    /// <summary>λ = log σ², in the shape of <see cref="Mean"/>.</summary>
    public Parameter LogVariance => get_parameter("log_variance")!;

    /// <summary>Which weights the forward pass uses; local reparameterisation at first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public ForwardMode Mode { get; set => field = OptionRange.RequireKnown(value, nameof(Mode)); }

    /// <summary>The convolution with padding 1.</summary>
    /// <param name="input">Feature maps <c>[N, in, D, H, W]</c>.</param>
    /// <returns><c>[N, out, ⌈D/stride⌉, ⌈H/stride⌉, ⌈W/stride⌉]</c>.</returns>
    public override torch.Tensor forward(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (s_lent is not null && s_lent.TryGetValue(this, out var weight))
            return Convolve(input, weight);
        return Mode switch
        {
            ForwardMode.Mean => Convolve(input, Mean),
            ForwardMode.WeightSample => Convolve(input, _drawn ?? Sample()),
            _ => WithNoiseOnOutputs(input),
        };
    }

    /// <summary>Puts λ back into [−20, 2] where a step has taken it out.</summary>
    public void ProjectLogVariance()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        LogVariance.clamp_(LowestLogVariance, HighestLogVariance);
    }

    /// <summary>The channels and the stride.</summary>
    public override string ToString() => $"{nameof(BayesianConv3d)} {_sizes}";

    /// <summary>Draws the weights that weight sampling uses from now on.</summary>
    internal void HoldDraw()
    {
        using var scope = torch.NewDisposeScope();
        ReleaseDraw();
        _drawn = Draw().DetachFromDisposeScope();
    }

    /// <summary>Forgets the weights held: every forward pass draws its own again.</summary>
    internal void ReleaseDraw()
    {
        _drawn?.Dispose();
        _drawn = null;
    }

    /// <summary>Registers nothing beyond the two parameters: a drawn weight is not a part of the model.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            ReleaseDraw();
        base.Dispose(disposing);
    }

    /// <summary>Weights as they are drawn, without gradients; a tensor of the caller's scope.</summary>
    internal torch.Tensor Draw()
    {
        using var noGradient = torch.no_grad();
        return Sample();
    }

    /// <summary>
    /// Lets layers, on this thread, compute with the given weights, until disposed: threads that share a network predict side by side.
    /// </summary>
    internal static IDisposable Lend(IReadOnlyDictionary<BayesianConv3d, torch.Tensor> weights) => new Loan(weights);

    private torch.Tensor Sample()
    {
        var mean = Mean;
        return mean + (LogVariance * 0.5).exp() * NoiseSource.Normal(mean.shape, mean, itemAxis: null);
    }

    private torch.Tensor WithNoiseOnOutputs(torch.Tensor input)
        => LocalReparameterisation.Sample(Convolve(input, Mean), Convolve(input.square(), LogVariance.exp()));

    private torch.Tensor Convolve(torch.Tensor input, torch.Tensor weight)
        => _strides[0] == 1 && OneChannelConvolution.Pays(input, weight)
            ? OneChannelConvolution.Of(input, weight)
            : functional.conv3d(input, weight, strides: _strides, padding: s_padding);

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("inputs", Mean.shape[1])
        .With("outputs", Mean.shape[0]).With("stride", _strides[0]).With("mode", Mode).AsUsage("mode");

    internal static BayesianConv3d From(PartOptions options)
    {
        var (inputs, outputs) = (options.WholeNumber("inputs"), options.WholeNumber("outputs"));
        options.RequireWeights(inputs, outputs, 54);
        return new(inputs, outputs, options.WholeNumber("stride")) { Mode = options.Choice<ForwardMode>("mode") };
    }

    private sealed class Loan : IDisposable
    {
        private readonly IReadOnlyDictionary<BayesianConv3d, torch.Tensor>? _before = s_lent;

        internal Loan(IReadOnlyDictionary<BayesianConv3d, torch.Tensor> weights) => s_lent = weights;

        public void Dispose() => s_lent = _before;
    }
}
