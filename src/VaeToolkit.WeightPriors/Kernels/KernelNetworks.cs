using VaeToolkit.Networks;

namespace VaeToolkit.WeightPriors;

/// <summary>Puts a kernel VAE together from parts of Core, and two small convolutional ones.</summary>
internal static class KernelNetworks
{
    private static readonly LogVarianceRange s_range = new(-8, 4);
    private static readonly long[] s_hidden = [64, 64];

    internal static Vae Create(IReadOnlyList<long> kernelShape, KernelArchitecture architecture, long latentSize, double floor)
        => new(Encoder(kernelShape, architecture, latentSize), Decoder(kernelShape, architecture, latentSize, floor),
            new StandardNormalPrior(latentSize));

    private static Encoder Encoder(IReadOnlyList<long> kernelShape, KernelArchitecture architecture, long latentSize) => architecture switch
    {
        KernelArchitecture.Mlp =>
            new MlpEncoder(Shape.Size(kernelShape), latentSize, s_hidden, new() { Activation = Activation.Elu, LogVariance = s_range }),
        KernelArchitecture.Convolutional => new ConvolutionalKernelEncoder(RequireCube(kernelShape), latentSize, s_range),
        _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "not an architecture of this library"),
    };

    private static Decoder Decoder(IReadOnlyList<long> kernelShape, KernelArchitecture architecture, long latentSize, double floor)
        => architecture == KernelArchitecture.Mlp
            ? new MlpDecoder(latentSize, s_hidden, new SoftFloorGaussianLikelihood(floor, [Shape.Size(kernelShape)]),
                new() { Activation = Activation.Elu })
            : new ConvolutionalKernelDecoder(latentSize, new SoftFloorGaussianLikelihood(floor, [1, .. kernelShape]));

    internal static IReadOnlyList<long> RequireCube(IReadOnlyList<long> kernelShape) => kernelShape is [3, 3, 3]
        ? kernelShape
        : throw new ArgumentException(
            $"the convolutional architecture is for kernels of [3, 3, 3], not {Shape.Text(kernelShape)}; use the MLP", nameof(kernelShape));
}
