using System.Text;
using System.Text.Json;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// Weights of any module in safetensors files, strictly: a file has a kind and a format version, and it is loaded only when its keys and
/// shapes are the module's.
/// </summary>
public static class ModelWeights
{
    /// <summary>Metadata key of the fingerprint of the model's description.</summary>
    internal const string FingerprintKey = "description_fingerprint";

    private const int FormatVersion = 1;
    private const string DescriptionKey = "description";
    private const int MostDifferences = 20;

    /// <summary>
    /// Writes a module's parameters and persistent buffers under the keys of its <c>state_dict</c>. A module that says how it is made
    /// (<see cref="IDescribedPart"/>) has its description and its fingerprint in the metadata, another those of its parts that do; and one
    /// of which it is known what it was trained with has that as well.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file; it is written to a temporary name first and renamed.</param>
    /// <param name="kind">What the file is, such as <c>vaetoolkit.vae</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(torch.nn.Module module, string path, string kind)
    {
        ArgumentNullException.ThrowIfNull(module);
        var metadata = SafeTensors.Kind(kind, FormatVersion);
        if (DescriptionJson.WriteKnown(module) is { } description)
        {
            metadata[FingerprintKey] = DescriptionJson.Fingerprint(description);
            metadata[DescriptionKey] = Encoding.UTF8.GetString(description);
        }
        TrainingRecord.Of(module)?.AddTo(metadata);
        SafeTensors.Write(path, module.state_dict(), metadata);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a module of the same make. Nothing is changed unless everything fits.</summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">The file.</param>
    /// <param name="kind">What the file must be.</param>
    /// <param name="ignoreDescription">Whether weights whose names and shapes fit are read even where the file says that they are of a
    /// model with other options, such as another activation. Files without a description are read anyway.</param>
    /// <exception cref="SafeTensorsException">The file is damaged, or of another kind.</exception>
    /// <exception cref="WeightsMismatchException">Keys, shapes or descriptions differ; the message lists all of them.</exception>
    public static void Load(torch.nn.Module module, string path, string kind, bool ignoreDescription = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var file = ReadFor(module, path, kind, ignoreDescription);
        Apply(module, file);
    }

    /// <summary>The first half of loading: reads a file and requires it to fit. The caller disposes it.</summary>
    public static SafeTensorsFile ReadFor(torch.nn.Module module, string path, string kind, bool ignoreDescription = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        var file = SafeTensors.Read(path);
        try
        {
            file.RequireKind(kind, FormatVersion);
            var target = module.state_dict();
            // Asked for, a tensor whose type cannot be read is refused by name.
            foreach (var key in file.UnreadableTypes.Keys.Where(target.ContainsKey))
                _ = file[key];
            var differences = ignoreDescription ? [] : Differences(module, file);
            try
            {
                RequireSame(target, file.Tensors, $"'{path}'", GrowingKeys(module), file.UnreadableTypes);
            }
            catch (WeightsMismatchException e) when (differences.Count > 0)
            {
                throw new WeightsMismatchException($"{e.Message}; {string.Join("; ", differences)}", e);
            }
            return differences.Count == 0 ? file : throw new WeightsMismatchException(
                $"'{path}' holds the weights of a model with other options; {string.Join("; ", differences)}; "
                + $"to read them all the same, say {nameof(ignoreDescription)}");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The second half: what <see cref="ReadFor"/> has read becomes the module's, and so does what the weights were trained with
    /// (<see cref="TrainingRecord.Of"/>), which is not known where the file does not say it.
    /// </summary>
    /// <exception cref="SafeTensorsException">What the file says of the training is damaged; nothing was changed.</exception>
    public static void Apply(torch.nn.Module module, SafeTensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(file);
        var record = TrainingRecord.In(file);
        Apply(module, file.Tensors);
        TrainingRecord.Set(module, record);
    }

    internal static void Apply(torch.nn.Module module, IReadOnlyDictionary<string, torch.Tensor> state)
    {
        var growing = GrowingKeys(module);
        using var noGradient = torch.no_grad();
        foreach (var (key, tensor) in module.state_dict())
        {
            if (growing.Contains(key))
                tensor.set_(torch.empty(state[key].shape, tensor.dtype, tensor.device));
            tensor.copy_(state[key]);
        }
        foreach (var part in module.modules().Append(module).OfType<IGrowing>().Distinct())
            part.WeightsLoaded();
    }

    internal static void RequireFits(torch.nn.Module module, IReadOnlyDictionary<string, torch.Tensor> state, string source)
        => RequireSame(module.state_dict(), state, source, GrowingKeys(module));

    private static HashSet<string> GrowingKeys(torch.nn.Module module)
        => [.. module.named_modules().Append(("", module)).SelectMany(named => named.Item2 is IGrowing part
            ? part.GrowingBuffers.Select(buffer => named.Item1.Length == 0 ? buffer : $"{named.Item1}.{buffer}") : [])];

    /// <summary>
    /// Requires two sets of weights to have the same names and shapes; of buffers that grow, the number of rows is the file's own matter.
    /// </summary>
    /// <exception cref="WeightsMismatchException">They differ; the message lists all that is missing,
    /// unexpected or wrongly shaped, whole numbers where the model has others, and values beyond the range of its type.</exception>
    public static void RequireSame(
        IReadOnlyDictionary<string, torch.Tensor> model, IReadOnlyDictionary<string, torch.Tensor> file, string source,
        IReadOnlySet<string>? growing = null, IReadOnlyDictionary<string, string>? unreadable = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(file);
        var findings = new List<string>();
        Add("missing", model.Keys.Except(file.Keys).Select(key => $"{key} {Shape.Text(model[key])}"));
        Add("unexpected", file.Keys.Except(model.Keys).Select(key => $"{key} {Shape.Text(file[key])}")
            .Concat((unreadable ?? new Dictionary<string, string>()).Select(pair => $"{pair.Key} of type {pair.Value}")));
        Add("wrongly shaped", model.Keys.Where(
            key => file.ContainsKey(key) && !Fits(model[key].shape, file[key].shape, growing?.Contains(key) == true))
            .Select(key => $"{key} is {Shape.Text(file[key])}, the model's {Shape.Text(model[key])}"));
        // Quantised weights, which would be taken for the weights themselves.
        Add("whole numbers", model.Keys.Where(key => file.ContainsKey(key) && IsWhole(file[key]) && !IsWhole(model[key])).Select(
            key => $"{key} is {EngineError.Name(file[key].dtype)}, the model's {EngineError.Name(model[key].dtype)}"));
        if (findings.Count == 0)
        {
            Add("too large for the model's type", model.Keys.Select(
                key => WeightRange.Explain(file[key], model[key].dtype) is { } problem ? $"{key} {problem}" : null).OfType<string>());
        }
        if (findings.Count == 0 && growing is not null)
            Add("not of one length", growing.Where(key => file[key].shape[0] != file[growing.First()].shape[0]));
        if (findings.Count > 0)
            throw new WeightsMismatchException($"{source} holds the weights of another model; {string.Join("; ", findings)}");

        void Add(string what, IEnumerable<string> keys)
        {
            var list = keys.ToList();
            if (list.Count > 0)
                findings.Add($"{what}: {string.Join(", ", list)}");
        }
    }

    // What the file says is the file's word: unreadable, it counts as another description.
    private static List<string> Differences(torch.nn.Module module, SafeTensorsFile file)
    {
        if (!file.Metadata.TryGetValue(FingerprintKey, out var fingerprint) || DescriptionJson.WriteKnown(module) is not { } own
            || DescriptionJson.Fingerprint(own) == fingerprint)
            return [];
        try
        {
            var bytes = Encoding.UTF8.GetBytes(file.Metadata.GetValueOrDefault(DescriptionKey, ""));
            if (bytes.Length > DescriptionJson.MostBytes)
                return ["its description is too long to be one"];
            using var theirs = JsonDocument.Parse(bytes, new() { MaxDepth = DescriptionJson.Depth });
            using var mine = JsonDocument.Parse(own);
            List<string> differences = [.. DescriptionJson.Differences(theirs.RootElement, mine.RootElement, "the file has", "the model")
                .Take(MostDifferences)];
            var isWhole = DescriptionJson.IsWhole(theirs.RootElement) && DescriptionJson.IsWhole(mine.RootElement);
            return differences.Count > 0 || !isWhole ? differences : ["its description is not that of its fingerprint"];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [$"its description cannot be read: {e.Message.TrimEnd('.')}"];
        }
    }

    // A mask of truth values is one in any type.
    private static bool IsWhole(torch.Tensor tensor)
        => !tensor.is_floating_point() && !tensor.is_complex() && tensor.dtype != torch.ScalarType.Bool;

    private static bool Fits(long[] model, long[] file, bool grows)
        => grows ? file.Length == model.Length && model.Skip(1).SequenceEqual(file.Skip(1)) : model.SequenceEqual(file);
}
