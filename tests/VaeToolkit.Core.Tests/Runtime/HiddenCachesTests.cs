using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;
using static TorchSharp.torch;

namespace VaeToolkit.Tests.Runtime;

/// <summary>Convolutions are right, also where a virtual machine hides the caches: oneDNN's order of weights goes wrong there.</summary>
public class HiddenCachesTests
{
    private const int Intel = 0x6C65746E, Amd = 0x444D4163;

    // Leaf 4 of an Intel processor and leaf 0x8000001D of an AMD one, as real ones answer: a data cache of the first level.
    private const int DataCache = 0x121;

    [Theory]
    [InlineData(Intel, DataCache, 0, false)]
    [InlineData(Intel, 0, DataCache, true)]
    [InlineData(Amd, 0, DataCache, false)]
    [InlineData(Amd, DataCache, 0, true)]
    public void Caches_are_hidden_where_the_makers_own_leaf_names_none(int vendor, int intelLeaf, int amdLeaf, bool hidden)
        => HiddenCaches.AreHidden(Answers(vendor, 0x10, unchecked((int)0x80000021), intelLeaf, amdLeaf)).Should().Be(hidden);

    [Theory]
    [InlineData(Intel, 2)]
    [InlineData(Amd, 0x10)]
    public void A_processor_without_the_leaf_hides_nothing(int vendor, int last)
        => HiddenCaches.AreHidden(Answers(vendor, last, unchecked((int)0x8000001A), 0, 0)).Should().BeFalse();

    [Theory]
    [InlineData(1, 43, 32, 9, 1, 8, 113)]
    [InlineData(1, 40, 17, 9, 1, 2, 60)]
    [InlineData(2, 3, 20, 4, 2, 5, 16)]
    [InlineData(2, 20, 10, 3, 1, 5, 12)]
    [InlineData(2, 44, 44, 1, 1, 3, 9)]
    [InlineData(3, 1, 12, 3, 1, 2, 8)]
    [InlineData(3, 12, 20, 3, 2, 2, 8)]
    [InlineData(3, 20, 5, 3, 1, 2, 7)]
    public void Convolutions_are_those_of_float64(int axes, int inputs, int outputs, int kernel, int stride, int items, int side)
    {
        using var seed = SeedScope.Begin(3);
        using var scope = NewDisposeScope();
        nn.Module<Tensor, Tensor>[] layers = axes switch
        {
            1 => [nn.Conv1d(inputs, outputs, kernel, stride: stride), nn.ConvTranspose1d(inputs, outputs, kernel, stride: stride)],
            2 => [nn.Conv2d(inputs, outputs, kernel, stride: stride), nn.ConvTranspose2d(inputs, outputs, kernel, stride: stride)],
            _ => [nn.Conv3d(inputs, outputs, kernel, stride: stride), nn.ConvTranspose3d(inputs, outputs, kernel, stride: stride)],
        };
        var x = randn([items, inputs, .. Enumerable.Repeat((long)side, axes)]);
        foreach (var layer in layers)
        {
            // oneDNN has no convolutions in float64: torch's own are an independent way to the same numbers.
            var (single, twice) = (WithGradients(layer, x), WithGradients(layer.to(float64), x.to(float64)));
            foreach (var (value, right) in single.Zip(twice))
                ((value.to(float64) - right).abs().max() / right.abs().max()).ToDouble().Should().BeLessThan(1e-4);
            layer.Dispose();
        }
    }

    /// <summary>Where caches are hidden libtorch would write a line for every convolution of fewer than 16 pictures.</summary>
    [LinuxFact]
    public void Convolutions_of_few_pictures_write_no_warnings()
    {
        const int StandardError = 2;
        TorchRuntime.Prepare();
        using var scope = NewDisposeScope();
        using var layer = nn.Conv2d(3, 8, 3);
        var file = Path.GetTempFileName();
        var (before, items) = (dup(StandardError), randn(1, 3, 16, 16));
        try
        {
            using (var written = File.OpenHandle(file, FileMode.Create, FileAccess.Write))
                _ = dup2((int)written.DangerousGetHandle(), StandardError);
            using (no_grad())
                _ = layer.call(items);
        }
        finally
        {
            _ = dup2(before, StandardError);
            _ = close(before);
        }
        // What other tests write meanwhile is not meant.
        File.ReadAllText(file).Should().NotContain("NNPACK");
        File.Delete(file);
    }

    [DllImport("libc", ExactSpelling = true)]
    private static extern int dup(int descriptor);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int dup2(int descriptor, int other);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int close(int descriptor);

    private static Tensor[] WithGradients(nn.Module<Tensor, Tensor> layer, Tensor x)
    {
        var input = x.detach().requires_grad_();
        var output = layer.call(input);
        (output * arange(output.numel(), dtype: output.dtype).reshape(output.shape).sin()).sum().backward();
        Tensor[] all = [output.detach(), input.grad!, .. layer.parameters().Select(parameter => parameter.grad!.clone())];
        foreach (var parameter in layer.parameters())
            parameter.grad!.zero_();
        return all;
    }

    private static HiddenCaches.Identification Answers(int vendor, int last, int lastExtended, int intelLeaf, int amdLeaf)
        => leaf => unchecked((uint)leaf) switch
        {
            0 => (last, 0, vendor, 0),
            4 => (intelLeaf, 0, 0, 0),
            0x80000000 => (lastExtended, 0, 0, 0),
            0x8000001D => (amdLeaf, 0, 0, 0),
            _ => throw new InvalidOperationException($"leaf {leaf:X} was not to be asked for"),
        };
}
