namespace VaeToolkit.Storage;

/// <summary>
/// A part of a model that has buffers with as many rows as it has learned so far. When weights are loaded, it takes over the file's number
/// of rows; a model has one such part at most, and its buffers have one number of rows.
/// </summary>
public interface IGrowing
{
    /// <summary>Names of the buffers whose first axis grows.</summary>
    IReadOnlyList<string> GrowingBuffers { get; }

    /// <summary>Told when weights have been loaded into the part; does nothing by default.</summary>
    void WeightsLoaded()
    {
    }
}
