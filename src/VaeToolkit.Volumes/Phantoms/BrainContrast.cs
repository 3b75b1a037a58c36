namespace VaeToolkit.Volumes;

/// <summary>Which MRI sequence a phantom imitates.</summary>
public enum BrainContrast
{
    /// <summary>Dark fluid, grey matter brighter than white, bright lesions.</summary>
    Flair,

    /// <summary>Dark fluid, white matter brighter than grey, darker lesions.</summary>
    T1,
}
