namespace VaeToolkit.Pictures;

/// <summary>A file that was left out.</summary>
/// <param name="File">Its path within the folder.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record DamagedPicture(string File, string Problem)
{
    /// <summary>The file and what is wrong with it.</summary>
    public override string ToString() => $"{File}: {Problem}";
}
