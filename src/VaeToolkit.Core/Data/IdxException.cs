namespace VaeToolkit;

/// <summary>An IDX file (the format of MNIST) that breaks the format. The message says which file and where.</summary>
public sealed class IdxException : IOException
{
    /// <summary>Describes what is wrong and where.</summary>
    /// <param name="file">The file's path, or what the stream was called.</param>
    /// <param name="offset">Byte at which the problem was seen, counted in the unpacked data where the file is gzipped.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public IdxException(string file, long offset, string problem, Exception? innerException = null)
        : base(FormattableString.Invariant($"{file}: {problem} (byte {offset})."), innerException)
    {
        SourceFile = file;
        Offset = offset;
    }

    /// <summary>The file's path, or what the stream was called.</summary>
    public string SourceFile { get; }

    /// <summary>Byte at which the problem was seen, counted in the unpacked data where the file is gzipped.</summary>
    public long Offset { get; }
}
