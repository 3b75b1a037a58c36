using VaeToolkit.Storage;

namespace VaeToolkit.VisualFields;

/// <summary>The parts of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class VisualFieldParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(FieldEncoder.PartName, FieldEncoder.From);
        ModelParts.Register(FieldDecoder.PartName, FieldDecoder.From);
    }
}
