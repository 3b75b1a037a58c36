using VaeToolkit.Storage;

namespace VaeToolkit.Boosting;

/// <summary>The parts of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class BoostingParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(BoostedPrior.PartName, BoostedPrior.From);
        ModelParts.Register(ExpandingMixturePrior.PartName, ExpandingMixturePrior.From);
        ModelParts.Register(MultiHeadEncoder.PartName, MultiHeadEncoder.From);
        ModelParts.Register(LearnedClassifier.PartName, LearnedClassifier.From);
        ModelParts.Register(MultiHeadDecoder.PartName, MultiHeadDecoder.From);
    }
}
