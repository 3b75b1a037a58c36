namespace VaeToolkit.Volumes;

/// <summary>What is odd about a file that is read all the same.</summary>
/// <param name="name">The file's path, or what the stream was called.</param>
internal sealed class NiftiWarnings(string name)
{
    private readonly List<string> _sentences = [];

    /// <summary>All of it, or null for nothing.</summary>
    public string? Text => _sentences.Count == 0 ? null : string.Join(" ", _sentences);

    public void Add(FormattableString problem) => _sentences.Add($"{name}: {FormattableString.Invariant(problem)}.");
}
