namespace VaeToolkit.Volumes;

/// <summary>What is wrong with a phantom's brain.</summary>
public enum BrainLesion
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>3 to 25 small bright spots in white matter, mostly near the ventricles: about 0.3 % of voxels.</summary>
    MultipleSclerosis,

    /// <summary>One mass with oedema, an active part and often necrosis, which pushes tissue aside: a few per cent of voxels.</summary>
    Tumour,
}
