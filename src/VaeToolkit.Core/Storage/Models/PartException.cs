namespace VaeToolkit.Storage;

/// <summary>What is wrong with a description and where; whoever reads it says of which file.</summary>
internal sealed class PartException(string path, string problem, Exception? innerException = null)
    : Exception($"{path}: {problem}", innerException)
{
    internal string Path { get; } = path;

    internal string Problem { get; } = problem;
}
