using TorchSharp;

namespace VaeToolkit.Boosting.Tests.Classification;

/// <summary>A network of 512 weights for 12×12 images of four classes, each a bright bar at its own height.</summary>
internal static class TinyNetwork
{
    public const int Classes = 4;

    public static ClassifierNetwork Create() => new([1, 12, 12], [3, 4], [6], Classes, padding: 4);

    public static DiagonalComponents Prior(ClassifierNetwork network, double mean = 0, double deviation = 0.5)
        => new(torch.full([1, network.Size], mean, dtype: torch.float32),
            torch.full([1, network.Size], 2 * Math.Log(deviation), dtype: torch.float32));

    public static ImageData Bars(int perClass, long seed)
    {
        using var scope = torch.NewDisposeScope();
        var random = new Random((int)seed);
        var pixels = new byte[Classes * perClass * 144];
        var labels = new long[Classes * perClass];
        for (var n = 0; n < labels.Length; n++)
        {
            labels[n] = n % Classes;
            for (var i = 0; i < 144; i++)
                pixels[n * 144 + i] = (byte)(random.Next(80) + (i / 12 / 3 == labels[n] ? 150 : 0));
        }
        return ImageData.FromTensor(torch.tensor(pixels).reshape(labels.Length, 12, 12), torch.tensor(labels), Binarisation.None);
    }
}
