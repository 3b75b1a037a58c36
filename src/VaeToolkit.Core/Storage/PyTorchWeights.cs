using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// Weights from and to PyTorch, as safetensors without this library's kind and version: layouts are the same (<c>Linear</c> is
/// <c>[out, in]</c> in both), only names may differ.
/// </summary>
public static class PyTorchWeights
{
    private static readonly Dictionary<string, string> s_metadata = new() { ["format"] = "pt" };

    /// <summary>
    /// Reads the weights of a PyTorch module of the same architecture. bfloat16, float16 and float64 become the module's own type; nothing
    /// is changed unless everything fits.
    /// </summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">A file such as <c>safetensors.torch.save_file(module.state_dict(), path)</c> writes.</param>
    /// <param name="names">What PyTorch's module calls them; null where the names are the same.</param>
    /// <exception cref="SafeTensorsException">The file is damaged.</exception>
    /// <exception cref="WeightsMismatchException">Names or shapes differ; the message lists all of them, in PyTorch's names.</exception>
    /// <exception cref="ArgumentException">Two weights have one name.</exception>
    public static void Load(torch.nn.Module module, string path, WeightNames? names = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var table = (names ?? WeightNames.Same).Table(module);
        using var file = SafeTensors.Read(path);
        var weights = module.state_dict();
        var wanted = table.ToDictionary(pair => pair.Theirs, pair => weights[pair.Ours]);
        // Asked for, a tensor whose type cannot be read is refused by name.
        foreach (var name in file.UnreadableTypes.Keys.Where(wanted.ContainsKey))
            _ = file[name];
        ModelWeights.RequireSame(wanted, file.Tensors, $"'{path}'", null, file.UnreadableTypes);
        using var noGradient = torch.no_grad();
        foreach (var (name, weight) in wanted)
            weight.copy_(file.Tensors[name]);
    }

    /// <summary>
    /// Writes a module's weights for PyTorch: <c>module.load_state_dict(safetensors.torch.load_file(path))</c> reads them there.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file; it is written to a temporary name first and renamed.</param>
    /// <param name="names">What PyTorch's module calls them; null where the names are the same.</param>
    /// <param name="type">The type of the floating-point numbers, such as <c>torch.bfloat16</c>; null for the module's own.</param>
    /// <exception cref="ArgumentException">Two weights have one name, or the type is not a floating-point type of the format, or a weight
    /// has a value that is beyond its range; the message names the weight and the value.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(torch.nn.Module module, string path, WeightNames? names = null, torch.ScalarType? type = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (type is not (null or torch.ScalarType.Float64 or torch.ScalarType.Float32 or torch.ScalarType.BFloat16
            or torch.ScalarType.Float16))
            throw new ArgumentException($"weights cannot be written as {type}; take Float32, BFloat16, Float16 or Float64", nameof(type));
        var table = (names ?? WeightNames.Same).Table(module);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var weights = module.state_dict();
        SafeTensors.Write(path, table.ToDictionary(pair => pair.Theirs, pair => Converted(pair.Ours)), s_metadata);

        torch.Tensor Converted(string name)
        {
            var weight = weights[name];
            if (type is not { } given || !weight.is_floating_point())
                return weight;
            return WeightRange.Explain(weight, given) is { } problem
                ? throw new ArgumentException(
                    $"'{name}' {problem}; take a type of a larger range, such as Float32 or Float64", nameof(type))
                : weight.to(given);
        }
    }
}
