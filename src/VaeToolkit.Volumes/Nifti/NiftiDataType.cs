namespace VaeToolkit.Volumes;

/// <summary>How voxels are stored; the numbers are NIfTI-1's codes.</summary>
public enum NiftiDataType
{
    /// <summary>8 bits, unsigned.</summary>
    Unsigned8 = 2,

    /// <summary>16 bits, signed.</summary>
    Signed16 = 4,

    /// <summary>32 bits, signed.</summary>
    Signed32 = 8,

    /// <summary>32 bits, floating-point.</summary>
    Real32 = 16,

    /// <summary>64 bits, floating-point.</summary>
    Real64 = 64,

    /// <summary>8 bits, signed.</summary>
    Signed8 = 256,

    /// <summary>16 bits, unsigned.</summary>
    Unsigned16 = 512,

    /// <summary>32 bits, unsigned.</summary>
    Unsigned32 = 768,

    /// <summary>64 bits, signed.</summary>
    Signed64 = 1024,

    /// <summary>64 bits, unsigned.</summary>
    Unsigned64 = 1280,
}
