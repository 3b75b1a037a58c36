namespace VaeToolkit.OlderLinux;

/// <summary>A file, or what was asked to be done with it, is not what this tool understands; nothing has been written.</summary>
internal sealed class RefusedException(string message) : Exception(message)
{
    /// <summary>The usual message: which file, at which byte, and what is wrong there.</summary>
    public static RefusedException At(string file, ulong offset, string what) => new($"{file}, byte {offset}: {what}");
}
