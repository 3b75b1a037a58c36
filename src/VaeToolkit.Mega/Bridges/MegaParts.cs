using VaeToolkit.Storage;

namespace VaeToolkit.Mega;

/// <summary>The parts of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class MegaParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(LinearGaussianEncoder.PartName, LinearGaussianEncoder.From);
        ModelParts.Register(LinearGaussianDecoder.PartName, LinearGaussianDecoder.From);
    }
}
