using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>One parameter of <see cref="Training.FusedAdam"/> with its running moments and its own step count, as PyTorch keeps
/// them.</summary>
internal sealed class AdamSlot : IDisposable
{
    private readonly bool _plainMemory;

    public AdamSlot(Parameter parameter)
    {
        using var noGrad = torch.no_grad();
        Parameter = parameter;
        Mean = torch.zeros_like(parameter).DetachFromDisposeScope();
        Variance = torch.zeros_like(parameter).DetachFromDisposeScope();
        var floats = parameter.numel();
        _plainMemory = parameter.device_type == DeviceType.CPU && parameter.dtype == torch.float32 && parameter.is_contiguous()
            && floats is > 0 and <= int.MaxValue / sizeof(float);
        PlainLength = _plainMemory ? (int)floats : 0;
    }

    public Parameter Parameter { get; }

    /// <summary>The running mean of the gradient.</summary>
    public torch.Tensor Mean { get; private set; }

    /// <summary>The running mean of the squared gradient.</summary>
    public torch.Tensor Variance { get; private set; }

    /// <summary>The gradient of the step under way; null where there is none, or it has been dealt with.</summary>
    public torch.Tensor? Gradient { get; private set; }

    /// <summary>The numbers of the step under way.</summary>
    public AdamCoefficients Step { get; private set; }

    public long Steps { get; set; }

    /// <summary>Number of floats when the parameter is plain memory, else 0.</summary>
    public int PlainLength { get; }

    /// <summary>Whether there is a gradient that has not been dealt with.</summary>
    public bool IsPending => Gradient is not null;

    /// <summary>Lets the moments, which are zero, be parts of larger tensors; the views of these are taken over.</summary>
    public void UseMoments(torch.Tensor mean, torch.Tensor variance)
    {
        Mean.Dispose();
        Variance.Dispose();
        (Mean, Variance) = (mean.DetachFromDisposeScope(), variance.DetachFromDisposeScope());
    }

    /// <summary>Counts the step and takes the gradient for it, if there is one, in the caller's dispose scope.</summary>
    public void Begin(double learningRate, (double, double) betas, double epsilon, double weightDecay)
    {
        if (Parameter.grad is not { } grad)
            return;
        Step = new(++Steps, learningRate, betas.Item1, betas.Item2, epsilon, weightDecay);
        Gradient = !_plainMemory || grad.is_contiguous() ? grad : grad.contiguous();
        if (_plainMemory && grad.dtype != torch.float32)
            UpdateByOperators();
    }

    /// <summary>One worker's part of the update; workers touch different memory.</summary>
    public void UpdatePart(int worker, int workers)
    {
        if (!_plainMemory || Gradient is null)
            return;
        var start = AdamKernel.Cut(PlainLength, worker, workers);
        var length = AdamKernel.Cut(PlainLength, worker + 1, workers) - start;
        AdamKernel.Update(
            DenseRows.Values(Parameter).Slice(start, length), DenseRows.Values(Gradient).Slice(start, length),
            DenseRows.Values(Mean).Slice(start, length), DenseRows.Values(Variance).Slice(start, length), Step);
    }

    /// <summary>The whole update by tensor operators, if there is a gradient.</summary>
    public void UpdateByOperators()
    {
        if (Gradient is not { } gradient)
            return;
        if (Step.WeightDecay != 0)
            gradient = gradient.add(Parameter, Step.WeightDecay);
        Parameter.addcdiv_(Mean, MoveMoments(Mean, Variance, gradient, Step), -Step.StepSize);
        Gradient = null;
    }

    /// <summary>Moves running moments, and returns what the mean is to be divided by.</summary>
    public static torch.Tensor MoveMoments(torch.Tensor mean, torch.Tensor variance, torch.Tensor gradient, AdamCoefficients step)
    {
        mean.mul_(step.Beta1).add_(gradient, 1 - step.Beta1);
        variance.mul_(step.Beta2).addcmul_(gradient, gradient, 1 - step.Beta2);
        return variance.sqrt().div_(step.RootCorrection).add_(step.Epsilon);
    }

    /// <summary>Lets go of the gradient, which the step's dispose scope owns.</summary>
    public void End() => Gradient = null;

    public void Dispose()
    {
        Mean.Dispose();
        Variance.Dispose();
    }
}
