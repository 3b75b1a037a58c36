using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// p(y|t,z): Weibull distributions in tensors, differentiable in ln λ and k. It holds plain tensors that live in
/// the dispose scope in which it was made.
/// </summary>
/// <param name="logScale">ln λ, <c>[N]</c> or <c>[K, N]</c>.</param>
/// <param name="shape">k, of the same shape, positive.</param>
/// <remarks>
/// From u = k (ln y − ln λ) = 30 on the cumulative hazard e^u is continued as a straight line, so that a bad start neither overflows nor
/// loses its gradient: in float32 the square of a gradient of e⁵⁰, which optimisers keep, would be infinite.
/// </remarks>
public sealed class WeibullLikelihood(torch.Tensor logScale, torch.Tensor shape)
{
    private const double LargestExponent = 30;

    /// <summary>ln λ.</summary>
    public torch.Tensor LogScale { get; } = logScale ?? throw new ArgumentNullException(nameof(logScale));

    /// <summary>k.</summary>
    public torch.Tensor Shape { get; } = shape ?? throw new ArgumentNullException(nameof(shape));

    /// <summary>ln h(y) = ln k − ln λ + (k − 1)(ln y − ln λ).</summary>
    /// <param name="logTime">ln y, <c>[N]</c>.</param>
    /// <returns>In the shape of <see cref="LogScale"/>.</returns>
    /// <exception cref="ArgumentException">There is another number of times than of distributions.</exception>
    public torch.Tensor LogHazard(torch.Tensor logTime) => LogHazardAt(OfOwnShape(logTime, nameof(logTime)) - LogScale);

    /// <summary>ln S(y) = −e^(k (ln y − ln λ)), in nats.</summary>
    /// <param name="logTime">ln y, <c>[N]</c>.</param>
    /// <returns>In the shape of <see cref="LogScale"/>.</returns>
    /// <exception cref="ArgumentException">There is another number of times than of distributions.</exception>
    public torch.Tensor LogSurvival(torch.Tensor logTime) => LogSurvivalAt(OfOwnShape(logTime, nameof(logTime)) - LogScale);

    /// <summary>The log-likelihood of right-censored times, δ ln f(y) + (1 − δ) ln S(y) = δ ln h(y) + ln S(y), in nats.</summary>
    /// <param name="logTime">ln y, <c>[N]</c>.</param>
    /// <param name="observed">δ, <c>[N]</c>: 1 for an observed event, 0 for a censored time.</param>
    /// <returns>In the shape of <see cref="LogScale"/>.</returns>
    /// <exception cref="ArgumentException">There is another number of times or indicators than of distributions, a logarithm of a time is
    /// not finite, or an indicator is neither 0 nor 1.</exception>
    public torch.Tensor LogProb(torch.Tensor logTime, torch.Tensor observed)
    {
        OfOwnShape(logTime, nameof(logTime));
        OfOwnShape(observed, nameof(observed));
        RequireAll(logTime, values => values.isfinite(), nameof(logTime), "a finite logarithm of a time above 0");
        RequireAll(observed, values => values.eq(0) | values.eq(1), nameof(observed), "0, for a censored time, or 1");
        return LogProbOfChecked(logTime, observed);
    }

    /// <summary>The same of times that were looked at before.</summary>
    internal torch.Tensor LogProbOfChecked(torch.Tensor logTime, torch.Tensor observed)
    {
        var distance = logTime - LogScale;
        return observed * LogHazardAt(distance) + LogSurvivalAt(distance);
    }

    /// <summary>The tensors' shape.</summary>
    public override string ToString() => $"Weibull distributions [{string.Join(", ", LogScale.shape)}]";

    // A column [N, 1] would be compared with all N distributions.
    private torch.Tensor OfOwnShape(torch.Tensor values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        var (own, given) = (LogScale.shape, values.shape);
        if (given.Length <= own.Length && given.AsSpan().SequenceEqual(own.AsSpan(own.Length - given.Length)))
            return values;
        var right = own.Length == 0 ? own : [own[^1]];
        throw new ArgumentException(
            $"{name} has shape {VaeToolkit.Shape.Text(given)} for distributions {VaeToolkit.Shape.Text(own)}; it must be "
            + VaeToolkit.Shape.Text(right), name);
    }

    private static void RequireAll(torch.Tensor values, Func<torch.Tensor, torch.Tensor> isRight, string name, string rule)
    {
        using var scope = torch.NewDisposeScope();
        if (TrainingStep.IsComputed || values.device_type == DeviceType.META || isRight(values) is var right && right.all().ToBoolean())
            return;
        var first = right.flatten().to(torch.uint8).argmin();
        throw new ArgumentException(FormattableString.Invariant(
            $"{name}, value {first.ToInt64()}, is {values.detach().flatten()[first].ToDouble()}; it must be {rule}"), name);
    }

    private torch.Tensor LogHazardAt(torch.Tensor distance) => Shape.log() - LogScale + (Shape - 1) * distance;

    private torch.Tensor LogSurvivalAt(torch.Tensor distance)
    {
        var exponent = Shape * distance;
        return -exponent.clamp_max(LargestExponent).exp() * ((exponent - LargestExponent).relu() + 1);
    }
}
