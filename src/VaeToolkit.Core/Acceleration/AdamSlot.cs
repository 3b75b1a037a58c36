using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>One parameter of <see cref="Training.FusedAdam"/> with its running moments and its own step count, as PyTorch keeps
/// them.</summary>
internal sealed class AdamSlot : IDisposable
{
    private readonly bool _plainMemory;
    private torch.Tensor? _gradient;
    private AdamCoefficients _step;

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
    public torch.Tensor Mean { get; }

    /// <summary>The running mean of the squared gradient.</summary>
    public torch.Tensor Variance { get; }

    public long Steps { get; set; }

    /// <summary>Number of floats when the parameter is plain memory, else 0.</summary>
    public int PlainLength { get; }

    /// <summary>Whether this step's update is to be done over plain memory.</summary>
    public bool IsPending => _gradient is not null;

    /// <summary>
    /// Counts the step and takes the gradient for it, if there is one, in the caller's dispose scope. A parameter that is not plain memory
    /// is updated at once.
    /// </summary>
    public void Begin(Func<long, AdamCoefficients> coefficients)
    {
        if (Parameter.grad is not { } grad)
            return;
        _step = coefficients(++Steps);
        if (!_plainMemory || grad.dtype != torch.float32)
            UpdateByOperators(grad);
        else
            _gradient = grad.is_contiguous() ? grad : grad.contiguous();
    }

    /// <summary>One worker's part of the update; workers touch different memory.</summary>
    public void UpdatePart(int worker, int workers)
    {
        if (_gradient is null)
            return;
        var start = AdamKernel.Cut(PlainLength, worker, workers);
        var length = AdamKernel.Cut(PlainLength, worker + 1, workers) - start;
        AdamKernel.Update(
            Floats(Parameter).Slice(start, length), Floats(_gradient).Slice(start, length),
            Floats(Mean).Slice(start, length), Floats(Variance).Slice(start, length), _step);
    }

    /// <summary>Lets go of the gradient, which the step's dispose scope owns.</summary>
    public void End() => _gradient = null;

    public void Dispose()
    {
        Mean.Dispose();
        Variance.Dispose();
    }

    private void UpdateByOperators(torch.Tensor grad)
    {
        if (_step.WeightDecay != 0)
            grad = grad.add(Parameter, _step.WeightDecay);
        Mean.mul_(_step.Beta1).add_(grad, 1 - _step.Beta1);
        Variance.mul_(_step.Beta2).addcmul_(grad, grad, 1 - _step.Beta2);
        var denominator = Variance.sqrt().div_(_step.RootCorrection).add_(_step.Epsilon);
        Parameter.addcdiv_(Mean, denominator, -_step.StepSize);
    }

    private static Span<float> Floats(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
