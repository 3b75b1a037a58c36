using TorchSharp;
using VaeToolkit.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace VaeToolkit.Onnx.Tests.Layers;

/// <summary>TorchSharp's layers, one at a time, as files that ONNX Runtime runs beside TorchSharp.</summary>
public sealed class LayerTests : IDisposable
{
    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, long[] Shape)> s_layers = new()
    {
        ["Linear"] = (() => Linear(5, 3), [5]),
        ["Linear without bias"] = (() => Linear(5, 3, hasBias: false), [5]),
        ["Linear of sequences"] = (() => Linear(5, 3), [4, 5]),
        ["Conv1d"] = (() => Conv1d(3, 4, 3, stride: 2, padding: 1), [3, 9]),
        ["Conv2d"] = (() => Conv2d(3, 4, kernel_size: 3, stride: 2, padding: 1), [3, 9, 8]),
        ["Conv2d of groups"] = (() => Conv2d(4, 6, kernel_size: 3, dilation: 2, groups: 2, bias: false), [4, 9, 8]),
        ["Conv2d, oblong"] = (() => Conv2d(2, 3, (3, 2), (2, 1), (1, 0)), [2, 9, 8]),
        ["Conv2d, same"] = (() => Conv2d(2, 3, kernel_size: 4, padding: Padding.Same), [2, 9, 8]),
        ["Conv2d, valid"] = (() => Conv2d(2, 3, kernel_size: 4, padding: Padding.Valid), [2, 9, 8]),
        ["Conv3d"] = (() => Conv3d(2, 3, kernel_size: 3, padding: 1), [2, 4, 5, 4]),
        ["ConvTranspose1d"] = (() => ConvTranspose1d(3, 4, 3, stride: 2, padding: 1, output_padding: 1), [3, 6]),
        ["ConvTranspose2d"] = (() => ConvTranspose2d(3, 4, kernel_size: 4, stride: 2, padding: 1), [3, 5, 4]),
        ["ConvTranspose2d of groups"] = (() => ConvTranspose2d(4, 6, kernel_size: 3, stride: 2, output_padding: 1, groups: 2), [4, 5, 4]),
        ["ConvTranspose3d"] = (() => ConvTranspose3d(2, 3, kernel_size: 3), [2, 3, 2, 3]),
        ["BatchNorm1d"] = (() => BatchNorm1d(4), [4]),
        ["BatchNorm2d"] = (() => BatchNorm2d(3), [3, 4, 5]),
        ["BatchNorm2d without weights"] = (() => BatchNorm2d(3, affine: false, eps: 1e-2), [3, 4, 5]),
        ["BatchNorm3d"] = (() => BatchNorm3d(2), [2, 3, 2, 2]),
        ["LayerNorm"] = (() => LayerNorm([4, 5]), [3, 4, 5]),
        ["MaxPool1d"] = (() => MaxPool1d(3, stride: 2, padding: 1), [2, 9]),
        ["MaxPool2d"] = (() => MaxPool2d(2), [2, 9, 8]),
        ["MaxPool2d, rounded up"] = (() => MaxPool2d(3, stride: 2, padding: 1, ceil_mode: true), [2, 8, 8]),
        ["MaxPool3d"] = (() => MaxPool3d(2), [2, 4, 4, 5]),
        ["AvgPool1d"] = (() => AvgPool1d(3), [2, 9]),
        ["AvgPool2d"] = (() => AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false), [2, 9, 8]),
        ["AvgPool3d"] = (() => AvgPool3d(2), [2, 4, 4, 5]),
        ["LeakyReLU"] = (() => LeakyReLU(0.2), [6]),
        ["ReLU"] = (() => ReLU(), [6]),
        ["ReLU6"] = (() => ReLU6(), [6]),
        ["ELU"] = (() => ELU(0.7), [6]),
        ["CELU"] = (() => CELU(0.7), [6]),
        ["SELU"] = (() => SELU(), [6]),
        ["PReLU"] = (() => PReLU(1, 0.3), [6]),
        ["SiLU"] = (() => SiLU(), [6]),
        ["GELU"] = (() => GELU(), [6]),
        ["Mish"] = (() => Mish(), [6]),
        ["Sigmoid"] = (() => Sigmoid(), [6]),
        ["LogSigmoid"] = (() => LogSigmoid(), [6]),
        ["Tanh"] = (() => Tanh(), [6]),
        ["Softplus"] = (() => Softplus(), [6]),
        ["Softplus, steeper"] = (() => Softplus(3), [6]),
        ["Softsign"] = (() => Softsign(), [6]),
        ["Softmax"] = (() => Softmax(1), [4, 3]),
        ["Hardsigmoid"] = (() => Hardsigmoid(), [6]),
        ["Hardswish"] = (() => Hardswish(), [6]),
        ["Dropout"] = (() => Dropout(0.9), [6]),
        ["Dropout2d"] = (() => Dropout2d(0.9), [2, 3, 3]),
        ["Identity"] = (() => Identity(), [6]),
        ["Flatten"] = (() => Flatten(), [2, 3, 4]),
        ["Unflatten"] = (() => Unflatten(1, [2, 3]), [6]),
        ["Sequential"] = (() => Sequential(("a", Linear(5, 4)), ("b", BatchNorm1d(4)), ("c", Sequential(("d", Tanh())))), [5]),
    };

    private const long N = NetworkGraph.Batch;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> All => [.. s_layers.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public void A_layer_computes_the_same(string name)
    {
        var (make, shape) = s_layers[name];
        manual_seed(2);
        using var scope = NewDisposeScope();
        using var layer = make();
        layer.eval();
        using var noGradient = no_grad();
        Disturb(layer);
        var x = randn([Agreement.Items, .. shape]) * 4;
        var y = layer.call(x);
        layer.train();
        var path = _folder["layer.onnx"];
        new GraphOf(graph => graph.Output("y", graph.Layer(layer, graph.Input("x", [N, .. shape], "x")), [N, .. y.shape[1..]], "y"))
            .Write(path);
        Agreement.Require(path, new Dictionary<string, Tensor> { ["x"] = x }, new Dictionary<string, Tensor> { ["y"] = y });
    }

    [Theory]
    [InlineData(Approximate.none)]
    [InlineData(Approximate.tanh)]
    public void Both_forms_of_GELU_are_themselves(Approximate form)
    {
        using var scope = NewDisposeScope();
        using var layer = form == Approximate.none ? GELU() : GELU(form);
        var x = linspace(-4, 4, Agreement.Items).reshape(-1, 1);
        // The definition, in double precision, from MathNet's error function.
        var y = x.Values().Select(v => form == Approximate.none
            ? 0.5 * v * (1 + MathNet.Numerics.SpecialFunctions.Erf(v / Math.Sqrt(2)))
            : 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)))).ToArray();
        new GraphOf(graph => graph.Output("y", graph.Layer(layer, graph.Input("x", [N, 1], "x")), [N, 1], "y"))
            .Write(_folder["gelu.onnx"]);
        Agreement.Require(
            _folder["gelu.onnx"], new Dictionary<string, Tensor> { ["x"] = x },
            new Dictionary<string, Tensor> { ["y"] = tensor(y, float32).reshape(-1, 1) });
    }

    [Fact]
    public void What_ONNX_cannot_say_of_a_layer_is_refused()
    {
        using var scope = NewDisposeScope();
        Refused(Conv2d(1, 1, kernel_size: 3, padding: 1, padding_mode: PaddingModes.Reflect)).WithMessage("*pads with Reflect*only zeros*");
        Refused(BatchNorm1d(4, track_running_stats: false)).WithMessage("*keeps no running statistics*track_running_stats: true*");
        Refused(Flatten(2)).WithMessage("Flatten(2, -1) cannot be exported; Flatten(1) can");
        Refused(AvgPool2d(2, divisor_override: 3)).WithMessage("*divisor 3*");
        Refused(Softplus(1, threshold: 1)).WithMessage("Softplus does not say what it computes*");
        Refused(Upsample(scale_factor: [2, 2])).WithMessage("Upsample does not say what it computes*IGraphLayer*");
    }

    private static FluentAssertions.Specialized.ExceptionAssertions<NotSupportedException> Refused(Module<Tensor, Tensor> layer)
    {
        using var given = layer;
        return FluentActions.Invoking(() => new GraphOf(graph => graph.Layer(layer, graph.Input("x", [N, 1], "x"))).Write("unwritten"))
            .Should().Throw<NotSupportedException>();
    }

    // Weights, and running statistics that are not those of a new layer.
    private static void Disturb(Module layer)
    {
        foreach (var parameter in layer.parameters())
            parameter.add_(randn_like(parameter) * 0.3);
        foreach (var (name, buffer) in layer.named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.copy_(randn_like(buffer));
            else if (name.EndsWith("running_var", StringComparison.Ordinal))
                buffer.copy_(rand_like(buffer) * 2 + 0.1);
        }
    }
}
