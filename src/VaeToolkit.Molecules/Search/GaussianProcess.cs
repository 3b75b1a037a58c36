using TorchSharp;

namespace VaeToolkit.Molecules;

/// <summary>
/// Regression by a Gaussian process with a squared exponential kernel and a length for every feature (Rasmussen &amp; Williams 2006,
/// algorithm 2.1), in float64: the posterior of the function, without noise, at any place.
/// </summary>
public sealed class GaussianProcess : IDisposable
{
    // In lengths: the kernel is 0 from there on, and squares of what is further are no numbers in the end.
    private const double KernelEnds = 100;

    private readonly torch.Tensor _inputs;
    private readonly torch.Tensor _factor;
    private readonly torch.Tensor _weights;
    private readonly torch.Tensor _lengths;

    /// <summary>A process with parameters that are known.</summary>
    /// <param name="inputs">Inputs <c>[N, D]</c>, finite; not kept.</param>
    /// <param name="targets">Targets <c>[N]</c>, finite; not kept.</param>
    /// <param name="parameters">The kernel's parameters, the noise and the mean.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, a value is not finite, or a parameter is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The noise is too small for the inputs: the kernel's matrix is not positive
    /// definite.</exception>
    public GaussianProcess(torch.Tensor inputs, torch.Tensor targets, KernelParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Require(inputs, targets);
        Parameters = parameters.Validated(inputs.shape[1]);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        _inputs = Wide(inputs).clone().DetachFromDisposeScope();
        _lengths = torch.tensor([.. parameters.LengthScales], torch.float64, torch.CPU).DetachFromDisposeScope();
        var residuals = Wide(targets) - parameters.Mean;
        var noise = torch.eye(_inputs.shape[0], dtype: torch.float64, device: torch.CPU) * parameters.NoiseVariance;
        _factor = Factor(Kernel(_inputs, _inputs) + noise, Remedy()).DetachFromDisposeScope();
        _weights = torch.cholesky_solve(residuals.unsqueeze(1), _factor).squeeze(1).DetachFromDisposeScope();
        LogMarginalLikelihood = Evidence(residuals, _factor).ToDouble();
    }

    /// <summary>The parameters.</summary>
    public KernelParameters Parameters { get; }

    /// <summary>The log marginal likelihood of the targets, log N(y | m, K + σ² I), in nats.</summary>
    public double LogMarginalLikelihood { get; }

    /// <summary>A process whose parameters make the targets most probable; the mean is the targets'.</summary>
    /// <param name="inputs">Inputs <c>[N, D]</c>, finite.</param>
    /// <param name="targets">Targets <c>[N]</c>, finite and not all the same.</param>
    /// <param name="options">How to look for them; null for the defaults.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The process; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, a value is not finite, or all targets are the same.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static GaussianProcess Fit(
        torch.Tensor inputs, torch.Tensor targets, GaussianProcessOptions? options = null,
        IProgress<GaussianProcessProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Require(inputs, targets);
        options = (options ?? new()).Validated();
        using var scope = torch.NewDisposeScope();
        var (x, y) = (Wide(inputs), Wide(targets));
        if (Targets.AreConstant(y.data<double>().ToArray()))
            throw new ArgumentException("all targets are the same but for rounding; there is nothing to fit", nameof(targets));
        var (mean, variance) = (y.mean().ToDouble(), y.var().ToDouble());
        using var search = new EvidenceAscent(x, (y - mean) / Math.Sqrt(variance), options);
        search.Run(progress, cancellationToken);
        return new(inputs, targets, search.Best(mean, variance));
    }

    /// <summary>The posterior of the function at some places.</summary>
    /// <param name="inputs">Places <c>[M, D]</c>.</param>
    /// <returns>Its means and standard deviations, <c>[M]</c>, float64, differentiable in <paramref name="inputs"/>.</returns>
    /// <exception cref="ArgumentException">The places have another number of features.</exception>
    public (torch.Tensor Mean, torch.Tensor Deviation) Predict(torch.Tensor inputs)
    {
        RequirePlaces(inputs);
        using var scope = torch.NewDisposeScope();
        var cross = Kernel(Wide(inputs), _inputs);
        var solved = torch.linalg.solve_triangular(_factor, cross.t(), upper: false);
        // Rounding may take a variance below 0 where an input stands.
        var variance = (Parameters.SignalVariance - solved.square().sum([0L])).clamp_min(Parameters.SignalVariance * 1e-14);
        return (Mean(cross).MoveToOuterDisposeScope(), variance.sqrt().MoveToOuterDisposeScope());
    }

    /// <summary>The posterior mean of the function alone, which is cheaper: <c>[M]</c>, float64, differentiable.</summary>
    /// <param name="inputs">Places <c>[M, D]</c>.</param>
    /// <exception cref="ArgumentException">The places have another number of features.</exception>
    public torch.Tensor PredictMean(torch.Tensor inputs)
    {
        RequirePlaces(inputs);
        using var scope = torch.NewDisposeScope();
        return Mean(Kernel(Wide(inputs), _inputs)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The expected improvement over a value, E[max(f − best, 0)] = (μ − best) Φ(u) + s φ(u) with u = (μ − best) / s
    /// (Jones et al. 1998).
    /// </summary>
    /// <param name="inputs">Places <c>[M, D]</c>.</param>
    /// <param name="best">The value to beat.</param>
    /// <returns><c>[M]</c>, float64, differentiable in <paramref name="inputs"/>.</returns>
    /// <exception cref="ArgumentException">The places have another number of features, or the value is not finite.</exception>
    public torch.Tensor ExpectedImprovement(torch.Tensor inputs, double best)
    {
        if (!double.IsFinite(best))
            throw new ArgumentException(FormattableString.Invariant($"best is {best}; it must be finite"), nameof(best));
        using var scope = torch.NewDisposeScope();
        var (mean, deviation) = Predict(inputs);
        var u = (mean - best) / deviation;
        // Φ by the complementary error function, which keeps its digits far below 0.
        var below = (u / -Math.Sqrt(2)).erfc() / 2;
        var density = (u.square() / -2).exp() / Math.Sqrt(2 * Math.PI);
        return ((mean - best) * below + deviation * density).MoveToOuterDisposeScope();
    }

    /// <summary>Disposes what it keeps of the data.</summary>
    public void Dispose()
    {
        _inputs.Dispose();
        _factor.Dispose();
        _weights.Dispose();
        _lengths.Dispose();
    }

    /// <summary>The numbers of inputs and features, and the evidence.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{nameof(GaussianProcess)} of {_inputs.shape[0]} inputs with {_inputs.shape[1]} features, ")
        + FormattableString.Invariant($"log evidence {LogMarginalLikelihood:F2}");

    /// <summary>k(x, x′) of inputs that are divided by their lengths.</summary>
    internal static torch.Tensor Kernel(torch.Tensor one, torch.Tensor other, torch.Tensor signalVariance)
    {
        // By differences: ‖x‖² + ‖x′‖² − 2 x·x′ would lose small distances far from zero.
        var distances = torch.cdist(one, other, 2, compute_mode.donot_use_mm_for_euclid_dist);
        return (distances.clamp_max(KernelEnds).square() / -2).exp() * signalVariance;
    }

    /// <summary>log N(y | 0, L Lᵀ).</summary>
    internal static torch.Tensor Evidence(torch.Tensor residuals, torch.Tensor factor)
    {
        var solved = torch.linalg.solve_triangular(factor, residuals.unsqueeze(1), upper: false);
        return solved.square().sum() / -2 - factor.diagonal().log().sum() - residuals.shape[0] * Math.Log(2 * Math.PI) / 2;
    }

    /// <param name="matrix">The kernel's matrix with the noise.</param>
    /// <param name="remedy">What makes it positive definite.</param>
    /// <exception cref="InvalidOperationException">The matrix is not positive definite.</exception>
    internal static torch.Tensor Factor(torch.Tensor matrix, string remedy)
    {
        var (factor, fault) = torch.linalg.cholesky_ex(matrix);
        return fault.ToInt32() == 0
            ? factor
            : throw new InvalidOperationException($"the kernel's matrix is not positive definite to rounding; {remedy}");
    }

    private string Remedy() => FormattableString.Invariant($"make NoiseVariance, {Parameters.NoiseVariance:G4}, larger beside ")
        + FormattableString.Invariant($"SignalVariance, {Parameters.SignalVariance:G4}: places much closer than ")
        + "LengthScales are the same to it";

    private torch.Tensor Mean(torch.Tensor cross) => cross.mv(_weights) + Parameters.Mean;

    private torch.Tensor Kernel(torch.Tensor one, torch.Tensor other)
    {
        // Taken from a common centre, so that the squares do not cancel.
        var centre = _inputs.mean([0L]);
        return Kernel(
            (one - centre) / _lengths, (other - centre) / _lengths, torch.tensor(Parameters.SignalVariance, torch.float64, torch.CPU));
    }

    private void RequirePlaces(torch.Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Dimensions != 2 || inputs.shape[1] != _inputs.shape[1])
            throw new ArgumentException($"inputs has shape {Shape.Text(inputs)}; it must be [M, {_inputs.shape[1]}]", nameof(inputs));
        Shape.RequireFinite(inputs, nameof(inputs));
    }

    private static void Require(torch.Tensor inputs, torch.Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (inputs.Dimensions != 2 || inputs.shape[0] == 0 || inputs.shape[1] == 0)
            throw new ArgumentException($"inputs has shape {Shape.Text(inputs)}; it must be [N, D]", nameof(inputs));
        if (targets.Dimensions != 1 || targets.shape[0] != inputs.shape[0])
            throw new ArgumentException($"targets has shape {Shape.Text(targets)}; it must be [{inputs.shape[0]}]", nameof(targets));
        Shape.RequireFinite(inputs, nameof(inputs));
        Shape.RequireFinite(targets.unsqueeze(1), nameof(targets));
    }

    private static torch.Tensor Wide(torch.Tensor tensor) => tensor.to(torch.float64, torch.CPU);
}
