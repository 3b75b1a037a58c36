using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// What a safetensors file held: tensors by name, and its metadata. It owns the tensors, which belong to no dispose scope.
/// </summary>
public sealed class SafeTensorsFile : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> _tensors;

    internal SafeTensorsFile(string source, Dictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        SourceFile = source;
        _tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The file's path, or what the stream was called.</summary>
    public string SourceFile { get; }

    /// <summary>The tensors by name, on the CPU. They live until this object is disposed.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Tensors => _tensors;

    /// <summary>The metadata: strings by name; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">The name in the file.</param>
    /// <exception cref="SafeTensorsException">The file holds no tensor of that name.</exception>
    public torch.Tensor this[string name] => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new SafeTensorsException(SourceFile, SafeTensorsHeader.PrefixLength, "the file holds no tensor of this name", name);

    /// <summary>Checks that the file says in its metadata that it is of a kind, in a version that the caller can read.</summary>
    /// <param name="kind">The kind expected under <see cref="SafeTensors.KindKey"/>.</param>
    /// <param name="newestVersion">The newest version that the caller reads, at least 1.</param>
    /// <returns>The file's version, from 1 to <paramref name="newestVersion"/>.</returns>
    /// <exception cref="SafeTensorsException">It is of another kind, of none, or of a newer version.</exception>
    public int RequireKind(string kind, int newestVersion)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentOutOfRangeException.ThrowIfLessThan(newestVersion, 1);
        if (!Metadata.TryGetValue(SafeTensors.KindKey, out var found))
            throw Fail($"the file does not say in its metadata what it is; a file of kind '{kind}' was expected");
        if (found != kind)
            throw Fail($"the file is of kind '{SafeTensorsException.Shorten(found)}'; one of kind '{kind}' was expected");
        if (!Metadata.TryGetValue(SafeTensors.FormatVersionKey, out var text)
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1)
            throw Fail(
                $"its '{SafeTensors.FormatVersionKey}' is '{SafeTensorsException.Shorten(text ?? "")}', not a whole number from 1");
        if (version > newestVersion)
            throw Fail(
                $"the file is '{kind}' in version {version}; this library reads versions up to {newestVersion}, so a newer one is needed");
        return version;
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    private SafeTensorsException Fail(string problem) =>
        new(SourceFile, SafeTensorsHeader.PrefixLength, problem, SafeTensorsHeader.MetadataKey);
}
