namespace VaeToolkit.Volumes;

/// <summary>The tissues of a phantom, as its tissue map numbers them. Lesions have a mask of their own.</summary>
public enum BrainTissue
{
    /// <summary>Outside the head.</summary>
    Air,

    /// <summary>Skin and fat.</summary>
    Scalp,

    /// <summary>Bone.</summary>
    Skull,

    /// <summary>Fluid around the brain and in its fissure.</summary>
    CerebrospinalFluid,

    /// <summary>Cortex.</summary>
    GreyMatter,

    /// <summary>White matter.</summary>
    WhiteMatter,

    /// <summary>Basal ganglia and thalamus.</summary>
    DeepGrey,

    /// <summary>Lateral and third ventricles.</summary>
    Ventricle,
}
