using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.Onnx;

/// <summary>TorchSharp's activations in operators of ONNX.</summary>
internal static class OnnxActivations
{
    /// <summary>The activation's output, or null where it is none of these.</summary>
    internal static GraphValue? Write(NetworkGraph graph, torch.nn.Module layer, GraphValue x) => layer switch
    {
        LeakyReLU leaky => graph.Apply("LeakyRelu", [x], ("alpha", leaky.negative_slope)),
        ReLU => x.Then("Relu"),
        ReLU6 => x.Clamp(0, 6),
        ELU elu => graph.Apply("Elu", [x], ("alpha", elu.alpha)),
        CELU celu => graph.Apply("Celu", [x], ("alpha", celu.alpha)),
        SELU => x.Then("Selu"),
        PReLU { num_parameters: 1 } slopes => x.Then("PRelu", graph.Constant(slopes.weight)),
        SiLU => x * x.Sigmoid(),
        GELU gelu => Gelu(graph, gelu, x),
        Mish => x * x.Then("Softplus").Tanh(),
        Sigmoid => x.Sigmoid(),
        LogSigmoid => -(-x).Then("Softplus"),
        Tanh => x.Tanh(),
        // Beyond a threshold such as torch's of 20 the two are the same number; a lower one is another function.
        Softplus { threshold: >= 15 } plus => plus.beta == 1 ? x.Then("Softplus") : (x * plus.beta).Then("Softplus") * (1 / plus.beta),
        Softsign => x.Then("Softsign"),
        Softmax softmax => x.Softmax(softmax.dim),
        Hardsigmoid => graph.Apply("HardSigmoid", [x], ("alpha", 1.0 / 6), ("beta", 0.5)),
        Hardswish => x.Then("HardSwish"),
        _ => null,
    };

    private static GraphValue Gelu(NetworkGraph graph, GELU gelu, GraphValue x)
    {
        var gate = gelu.approximate == GELU.Approximate.none
            ? (x * Math.Sqrt(0.5)).Then("Erf")
            : ((x + x * x * x * 0.044715) * Math.Sqrt(2 / Math.PI)).Tanh();
        return x * 0.5 * (gate + 1);
    }
}
