using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// What a safetensors file held: tensors by name, and its metadata. It owns the tensors, which belong to no dispose scope.
/// </summary>
public sealed class SafeTensorsFile : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> _tensors;

    private readonly Dictionary<string, SafeTensorsEntry> _unreadable;

    internal SafeTensorsFile(string source, Dictionary<string, torch.Tensor> tensors, SafeTensorsHeader header)
    {
        SourceFile = source;
        _tensors = tensors;
        _unreadable = header.Entries.Where(entry => entry.Type.Scalar is null).ToDictionary(entry => entry.Name);
        Metadata = header.Metadata;
        UnreadableTypes = _unreadable.ToDictionary(pair => pair.Key, pair => pair.Value.Type.Code);
    }

    /// <summary>The file's path, or what the stream was called.</summary>
    public string SourceFile { get; }

    /// <summary>
    /// The tensors by name, on the CPU, but for those of <see cref="UnreadableTypes"/>. They live until this object is disposed.
    /// </summary>
    public IReadOnlyDictionary<string, torch.Tensor> Tensors => _tensors;

    /// <summary>
    /// The tensors that were passed over, because TorchSharp has not their type: the type's code, such as <c>U16</c>, by name.
    /// </summary>
    public IReadOnlyDictionary<string, string> UnreadableTypes { get; }

    /// <summary>The metadata: strings by name; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">The name in the file.</param>
    /// <exception cref="SafeTensorsException">The file holds no tensor of that name, or one of a type that TorchSharp has not.</exception>
    public torch.Tensor this[string name] => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw (_unreadable.TryGetValue(name, out var entry)
            ? new SafeTensorsException(
                SourceFile, entry.HeaderOffset,
                $"the tensor is of type {entry.Type.Code}, which cannot be read; it must be one of {SafeTensorsType.KnownCodes}", name)
            : new SafeTensorsException(SourceFile, SafeTensorsHeader.PrefixLength, "the file holds no tensor of this name", name));

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
            throw Fail($"the file does not say in its metadata what it is; a file of kind '{kind}' was expected. "
                + $"{nameof(PyTorchWeights)}.{nameof(PyTorchWeights.Load)} reads weights of PyTorch");
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

    /// <summary>The file, its kind and how many tensors it held.</summary>
    public override string ToString()
        => $"{SourceFile}: {_tensors.Count} tensors"
            + (Metadata.TryGetValue(SafeTensors.KindKey, out var kind) ? $" of kind '{SafeTensorsException.Shorten(kind)}'" : "")
            + (_unreadable.Count > 0 ? $", and {_unreadable.Count} of types that cannot be read" : "");

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    private SafeTensorsException Fail(string problem) =>
        new(SourceFile, SafeTensorsHeader.PrefixLength, problem, SafeTensorsHeader.MetadataKey);
}
