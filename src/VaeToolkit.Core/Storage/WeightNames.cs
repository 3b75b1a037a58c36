using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Storage;

/// <summary>
/// What another program calls a module's weights: by default as this library does, with parts of the names replaced from the front. Of
/// several parts that fit a name the longest counts, and a part ends at a dot: with <c>encoder.trunk</c> → <c>enc</c> the weight
/// <c>encoder.trunk.fc1.bias</c> is <c>enc.fc1.bias</c> there.
/// </summary>
public sealed class WeightNames
{
    private readonly Dictionary<string, string> _parts;

    /// <summary>Takes the parts that have other names.</summary>
    /// <param name="parts">The other program's names by ours, such as <c>["encoder.trunk.fc1"] = "encoder.0"</c>.</param>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public WeightNames(IReadOnlyDictionary<string, string> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        foreach (var (ours, theirs) in parts)
        {
            ArgumentException.ThrowIfNullOrEmpty(ours, nameof(parts));
            ArgumentException.ThrowIfNullOrEmpty(theirs, nameof(parts));
        }
        _parts = new(parts);
    }

    /// <summary>The same names in both programs.</summary>
    public static WeightNames Same { get; } = new(new Dictionary<string, string>());

    /// <summary>
    /// The names of a module whose layers are numbered, as PyTorch's <c>nn.Sequential</c> numbers them, where this library's have names:
    /// <c>encoder.trunk.fc1</c>, the first layer of its sequence, is <c>encoder.trunk.0</c>, and the layer after the activation <c>2</c>.
    /// </summary>
    /// <param name="module">The module.</param>
    public static WeightNames Numbered(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var parts = new Dictionary<string, string>();
        Number(module, "", "", parts);
        return new(parts);
    }

    /// <summary>These names, and others for some parts.</summary>
    /// <param name="ours">The part's name in this library, such as <c>encoder.trunk</c>.</param>
    /// <param name="theirs">Its name in the other program; everything inside the part follows.</param>
    public WeightNames With(string ours, string theirs)
    {
        ArgumentException.ThrowIfNullOrEmpty(ours);
        ArgumentException.ThrowIfNullOrEmpty(theirs);
        var before = Theirs(ours);
        var parts = _parts.ToDictionary(
            pair => pair.Key,
            pair => IsIn(pair.Key, ours) && IsIn(pair.Value, before) ? theirs + pair.Value[before.Length..] : pair.Value);
        parts[ours] = theirs;
        return new(parts);
    }

    /// <summary>The other program's name of a weight.</summary>
    /// <param name="ours">Its key in this library's files.</param>
    public string Theirs(string ours)
    {
        ArgumentNullException.ThrowIfNull(ours);
        for (var end = ours.Length; end > 0; end = ours.LastIndexOf('.', end - 1))
        {
            if (_parts.TryGetValue(ours[..end], out var theirs))
                return theirs + ours[end..];
        }
        return ours;
    }

    /// <summary>Every weight of a module under both names, in the module's order.</summary>
    /// <param name="module">The module.</param>
    /// <exception cref="ArgumentException">Two weights have one name in the other program.</exception>
    public IReadOnlyList<(string Ours, string Theirs)> Table(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var table = module.state_dict().Keys.Select(key => (Ours: key, Theirs: Theirs(key))).ToList();
        if (table.GroupBy(pair => pair.Theirs).FirstOrDefault(pairs => pairs.Count() > 1) is { } twice)
            throw new ArgumentException(
                $"{string.Join(" and ", twice.Select(pair => pair.Ours))} have one name in the other program, {twice.Key}", nameof(module));
        return table;
    }

    /// <summary>The parts that have other names.</summary>
    public override string ToString()
        => _parts.Count == 0 ? "the same names" : string.Join(", ", _parts.Select(pair => $"{pair.Key} → {pair.Value}"));

    private static bool IsIn(string name, string part)
        => name == part || (name.StartsWith(part, StringComparison.Ordinal) && name[part.Length] == '.');

    private static void Number(torch.nn.Module module, string ours, string theirs, Dictionary<string, string> parts)
    {
        var number = 0;
        foreach (var (name, child) in module.named_children())
        {
            var (inner, there) = (ours + name, theirs + (module is Sequential ? $"{number++}" : name));
            if (inner != there)
                parts[inner] = there;
            Number(child, inner + ".", there + ".", parts);
        }
    }
}
