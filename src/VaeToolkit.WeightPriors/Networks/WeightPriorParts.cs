using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>The parts of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class WeightPriorParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(UNet3d.PartName, UNet3d.From);
        ModelParts.Register(BayesianUNet3d.PartName, BayesianUNet3d.From);
        ModelParts.Register(BayesianConv3d.PartName, BayesianConv3d.From);
        ModelParts.Register(ConvolutionalKernelEncoder.PartName, ConvolutionalKernelEncoder.From);
        ModelParts.Register(ConvolutionalKernelDecoder.PartName, ConvolutionalKernelDecoder.From);
        ModelParts.Register(SoftFloorGaussianLikelihood.PartName, SoftFloorGaussianLikelihood.From);
    }
}
