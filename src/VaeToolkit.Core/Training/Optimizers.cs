using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>Optimisers with every hyper-parameter stated, since TorchSharp's defaults differ between its versions.</summary>
public static class Optimizers
{
    /// <summary>
    /// Adam (Kingma and Ba 2015): <see cref="FusedAdam"/>. Make it after the model was moved to its device.
    /// </summary>
    /// <param name="parameters">The parameters, each once.</param>
    /// <param name="learningRate">α, at least 0.</param>
    /// <param name="beta1">Decay of the gradient's running mean, in [0, 1).</param>
    /// <param name="beta2">Decay of the squared gradient's running mean, in [0, 1).</param>
    /// <param name="epsilon">ε, added to the denominator, at least 0.</param>
    /// <param name="weightDecay">λ: λp is added to the gradient (L2 penalty), at least 0.</param>
    /// <returns>The optimiser; the caller disposes it.</returns>
    public static torch.optim.Optimizer Adam(
        IEnumerable<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
        double epsilon = 1e-8, double weightDecay = 0)
        => new FusedAdam(parameters, learningRate, beta1, beta2, epsilon, weightDecay);
}
