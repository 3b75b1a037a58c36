namespace VaeToolkit.Volumes;

/// <summary>A place in a file, for messages.</summary>
/// <param name="File">The file's path, or what the stream was called.</param>
/// <param name="Offset">The byte, counted in unpacked data.</param>
internal readonly record struct NiftiPlace(string File, long Offset);
