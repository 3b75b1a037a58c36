using VaeToolkit.Storage;

namespace VaeToolkit.Archetypes;

/// <summary>The parts of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class ArchetypeParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(DenseTrunk.PartName, DenseTrunk.From);
        ModelParts.Register(ConvTrunk.PartName, ConvTrunk.From);
        ModelParts.Register(ArchetypeEncoder.PartName, ArchetypeEncoder.From);
        ModelParts.Register(DirichletPrior.PartName, DirichletPrior.From);
        ModelParts.Register(DeepArchetypes.PartName, DeepArchetypes.From);
    }
}
