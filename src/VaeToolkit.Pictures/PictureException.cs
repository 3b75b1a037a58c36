namespace VaeToolkit.Pictures;

/// <summary>A picture file that cannot be read. The message names it and says why.</summary>
public sealed class PictureException : IOException
{
    /// <summary>Says what is wrong.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public PictureException(string file, string problem, Exception? innerException = null)
        : base($"{file}: {problem}", innerException) => (SourceFile, Problem) = (file, problem);

    /// <summary>The file's path.</summary>
    public string SourceFile { get; }

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; }
}
