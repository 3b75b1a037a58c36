using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Molecules;

/// <summary>Gradient ascent on the log marginal likelihood of standardised targets, in the logarithms of the parameters.</summary>
internal sealed class EvidenceAscent : IDisposable
{
    private const double Rounding = 1e-12;

    private readonly torch.Tensor _inputs;
    private readonly torch.Tensor _targets;
    private readonly GaussianProcessOptions _options;
    private readonly Parameter _logLengths;
    private readonly Parameter _logVariances;
    private readonly torch.optim.Optimizer _optimizer;
    private (double Evidence, double[] Lengths, double Signal, double Noise) _best = (double.NegativeInfinity, [], 0, 0);

    /// <param name="inputs">Inputs <c>[N, D]</c>, float64.</param>
    /// <param name="targets">Targets <c>[N]</c> of mean 0 and variance 1.</param>
    /// <param name="options">Steps and their size.</param>
    public EvidenceAscent(torch.Tensor inputs, torch.Tensor targets, GaussianProcessOptions options)
    {
        (_targets, _options) = (targets, options);
        _inputs = inputs - inputs.mean([0L]);
        // Two inputs are then about as far apart as the kernel reaches, whatever the number of features. A feature that is constant but for
        // rounding says nothing, at any length.
        var (sizes, deviations) = (inputs.abs().amax([0L]), _inputs.square().mean([0L]).sqrt());
        var spread = torch.where(deviations > sizes * Rounding, deviations, torch.ones_like(deviations));
        _logLengths = new Parameter((spread * Math.Sqrt(inputs.shape[1])).log());
        _logVariances = new Parameter(torch.tensor([0.0, Math.Log(0.1)], torch.float64, torch.CPU));
        _optimizer = torch.optim.Adam([_logLengths, _logVariances], options.StepSize);
    }

    public void Run(IProgress<GaussianProcessProgress>? progress, CancellationToken cancellationToken)
    {
        using var gradients = torch.enable_grad();
        for (var step = 0; step <= _options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            _optimizer.zero_grad();
            var variances = _logVariances.exp();
            var scaled = _inputs / _logLengths.exp();
            var noise = torch.eye(_targets.shape[0], dtype: torch.float64, device: torch.CPU) * (variances[1] + _options.LeastNoise);
            var factor = GaussianProcess.Factor(GaussianProcess.Kernel(scaled, scaled, variances[0]) + noise, Remedy());
            var evidence = GaussianProcess.Evidence(_targets, factor);
            Keep(evidence.ToDouble());
            progress?.Report(new(step, _options.Steps, evidence.ToDouble()));
            if (step == _options.Steps)
                return;
            (-evidence).backward();
            _optimizer.step();
        }
    }

    /// <summary>The parameters of the highest evidence, for targets of a mean and variance.</summary>
    public KernelParameters Best(double mean, double variance) => new()
    {
        LengthScales = _best.Lengths,
        SignalVariance = _best.Signal * variance,
        NoiseVariance = _best.Noise * variance,
        Mean = mean,
    };

    public void Dispose()
    {
        _optimizer.Dispose();
        _logLengths.Dispose();
        _logVariances.Dispose();
    }

    private string Remedy() => FormattableString.Invariant($"make LeastNoise, {_options.LeastNoise:G4}, larger, or StepSize, ")
        + FormattableString.Invariant($"{_options.StepSize:G4}, smaller");

    private void Keep(double evidence)
    {
        if (!(evidence > _best.Evidence))
            return;
        var variances = _logVariances.detach().exp().data<double>().ToArray();
        _best = (evidence, _logLengths.detach().exp().data<double>().ToArray(), variances[0], variances[1] + _options.LeastNoise);
    }
}
