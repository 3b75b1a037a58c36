namespace VaeToolkit.Pictures;

/// <summary>What is done about files that cannot be read.</summary>
public enum DamagedFiles
{
    /// <summary>None may be damaged: the exception names them.</summary>
    Refuse,

    /// <summary>They are left out, and listed in <see cref="PictureData.Damaged"/>.</summary>
    Skip,
}
