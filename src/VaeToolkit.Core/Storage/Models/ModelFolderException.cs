namespace VaeToolkit.Storage;

/// <summary>
/// A model folder that cannot be opened: its description is damaged, of a newer library, or of parts that this program cannot make; or its
/// weights are damaged or another model's. The message says which file, and where in its JSON.
/// </summary>
public sealed class ModelFolderException : IOException
{
    /// <summary>Describes what is wrong and where.</summary>
    /// <param name="file">The file or folder.</param>
    /// <param name="jsonPath">The place in the file's JSON, such as <c>$.model.encoder.hidden[1]</c>, or null.</param>
    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public ModelFolderException(string file, string? jsonPath, string problem, Exception? innerException = null)
        : base(jsonPath is null ? $"{file}: {problem.TrimEnd('.')}." : $"{file}, {jsonPath}: {problem.TrimEnd('.')}.", innerException)
        => (SourceFile, JsonPath) = (file, jsonPath);

    /// <summary>The file or folder.</summary>
    public string SourceFile { get; }

    /// <summary>The place in the file's JSON, or null.</summary>
    public string? JsonPath { get; }
}
