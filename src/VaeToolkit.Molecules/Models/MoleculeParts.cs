using VaeToolkit.Storage;

namespace VaeToolkit.Molecules;

/// <summary>The models of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class MoleculeParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(MoleculeVae.PartName, MoleculeVae.From);
        ModelParts.Register(PropertyNetwork.PartName, PropertyNetwork.From);
    }
}
