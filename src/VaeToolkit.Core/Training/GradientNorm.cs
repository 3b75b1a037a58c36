using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>The 2-norm of all gradients together, where they are.</summary>
internal static class GradientNorm
{
    // As torch's own clipping has it.
    private const double Least = 1e-6;

    /// <summary>
    /// Scales the gradients down to a norm where theirs is larger, as <c>clip_grad_norm_</c> does, which reads the norm.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="limit">The largest norm.</param>
    /// <returns>The norm before, one number on the device of the gradients; null where there are none.</returns>
    internal static torch.Tensor? Clip(IEnumerable<Parameter> parameters, double limit)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var gradients = parameters.Select(parameter => parameter.grad).OfType<torch.Tensor>().ToList();
        if (gradients.Count == 0)
            return null;
        var norm = torch.stack(gradients.Select(gradient => gradient.norm())).norm();
        var scale = (limit / (norm + Least)).clamp_max(1);
        foreach (var gradient in gradients)
            gradient.mul_(scale);
        return norm.MoveToOuterDisposeScope();
    }
}
