using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>The products and convolutions of a step and nothing else: what a library cannot save.</summary>
internal static class LayerWork
{
    private const long Latents = 40;
    private const long Hidden = 300;

    /// <summary>Of the fully connected VAE.</summary>
    /// <param name="rows">Items.</param>
    /// <param name="samples">Latent vectors of each.</param>
    /// <param name="pseudoInputs">Of a VampPrior; they pass the encoder too, and have a gradient.</param>
    public static Action Dense(long rows, long samples, long pseudoInputs)
    {
        (long Inputs, long Outputs)[] encoder = [(784, Hidden), (Hidden, Hidden), (Hidden, 2 * Latents)];
        (long Inputs, long Outputs)[] decoder = [(Latents, Hidden), (Hidden, Hidden), (Hidden, 784)];
        return All(
        [
            .. encoder.Select((layer, index) => Product(rows, layer, inputGradient: index > 0)),
            .. pseudoInputs == 0 ? [] : encoder.Select(layer => Product(pseudoInputs, layer)),
            .. decoder.Select(layer => Product(rows * samples, layer)),
        ]);
    }

    /// <summary>Of the decoder of the fully connected VAE, forwards alone.</summary>
    public static Action DecoderForwards(long rows)
    {
        var layers = new (long Inputs, long Outputs)[] { (Latents, Hidden), (Hidden, Hidden), (Hidden, 784) }.Select(
            layer => (X: randn(rows, layer.Inputs), W: randn(layer.Outputs, layer.Inputs), Bias: randn(layer.Outputs))).ToArray();
        return () =>
        {
            using var noGradient = no_grad();
            foreach (var (x, w, bias) in layers)
                functional.linear(x, w, bias).Dispose();
        };
    }

    /// <summary>Of the convolutional VAE.</summary>
    public static Action Convolutional(long rows, long samples) => All(
    [
        Convolution(Conv2d(1, 32, 4, stride: 2, padding: 1), [rows, 1, 32, 32], inputGradient: false),
        Convolution(Conv2d(32, 64, 4, stride: 2, padding: 1), [rows, 32, 16, 16]),
        Product(rows, (64 * 8 * 8, 256)),
        Product(rows, (256, 2 * Latents)),
        Product(rows * samples, (Latents, 256)),
        Product(rows * samples, (256, 64 * 8 * 8)),
        Convolution(ConvTranspose2d(64, 32, 4, stride: 2, padding: 1), [rows * samples, 64, 8, 8]),
        Convolution(ConvTranspose2d(32, 1, 4, stride: 2, padding: 1), [rows * samples, 32, 16, 16]),
    ]);

    /// <summary>Of the 3D U-Net with one block a level, on volumes of one channel.</summary>
    public static Action UNet(long volumes, long edge, long[] widths)
    {
        // With several threads oneDNN's gradient of one channel's weights takes longer than everything else: as slices, as ours does it.
        List<Action> layers = [get_num_threads() == 1
            ? Convolution(Conv3d(1, widths[0], 3, padding: 1, bias: false), [volumes, 1, edge, edge, edge], inputGradient: false)
            : Convolution(Conv2d(3, widths[0], 3, padding: 1, bias: false), [volumes * edge, 3, edge, edge], inputGradient: false)];
        for (var level = 1; level < widths.Length; level++)
        {
            var (outer, inner, fine) = (widths[level - 1], widths[level], edge >> (level - 1));
            var coarse = fine / 2;
            layers.AddRange(
            [
                Convolution(Conv3d(outer, inner, 3, stride: 2, padding: 1, bias: false), [volumes, outer, fine, fine, fine]),
                Convolution(Conv3d(inner, inner, 3, padding: 1, bias: false), [volumes, inner, coarse, coarse, coarse]),
                Convolution(Conv3d(outer, inner, 1, stride: 2, bias: false), [volumes, outer, fine, fine, fine]),
                Convolution(Conv3d(inner, outer, 1, bias: false), [volumes, inner, coarse, coarse, coarse]),
                Convolution(Conv3d(outer, outer, 3, padding: 1, bias: false), [volumes, outer, fine, fine, fine]),
                Convolution(Conv3d(outer, outer, 3, padding: 1, bias: false), [volumes, outer, fine, fine, fine]),
            ]);
        }
        layers.Add(Convolution(Conv3d(widths[0], 1, 1), [volumes, widths[0], edge, edge, edge]));
        return All(layers);
    }

    // Forwards, and the two backwards.
    private static Action Product(long rows, (long Inputs, long Outputs) layer, bool inputGradient = true)
    {
        var (x, w, bias, g) = (randn(rows, layer.Inputs), randn(layer.Outputs, layer.Inputs), randn(layer.Outputs),
            randn(rows, layer.Outputs));
        return () =>
        {
            using var noGradient = no_grad();
            functional.linear(x, w, bias).Dispose();
            using var transposed = g.t();
            transposed.mm(x).Dispose();
            if (inputGradient)
                g.mm(w).Dispose();
        };
    }

    private static Action Convolution(Module<Tensor, Tensor> layer, long[] input, bool inputGradient = true)
    {
        var x = randn(input, requires_grad: inputGradient);
        Tensor[] wanted = [.. layer.parameters(), .. inputGradient ? [x] : Array.Empty<Tensor>()];
        using var first = layer.forward(x);
        var g = ones(first.shape);
        return () =>
        {
            using var scope = NewDisposeScope();
            autograd.grad([layer.forward(x)], wanted, [g]);
        };
    }

    private static Action All(IEnumerable<Action> layers)
    {
        Action[] all = [.. layers];
        return () => Array.ForEach(all, layer => layer());
    }
}
