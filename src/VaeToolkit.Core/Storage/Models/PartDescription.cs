using System.Text.Json;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// How a part of a model is made again: its name in <see cref="ModelParts"/> and its options by name, parts of its own among them. It is
/// immutable: every <c>With</c> gives a new one.
/// </summary>
/// <example><code>
/// PartDescription IDescribedPart.Describe() => new PartDescription("my-encoder").With("input_size", 784).With("hidden", _hidden);
/// </code></example>
public sealed class PartDescription
{
    /// <summary>The property under which JSON has the part's name.</summary>
    internal const string PartKey = "part";

    private readonly (string Name, object? Value)[] _options;
    private readonly string[] _usage;

    /// <summary>Describes a part without options.</summary>
    /// <param name="part">The name under which its factory is registered, such as <c>mlp-encoder</c>.</param>
    /// <exception cref="ArgumentException">The name is empty, or not of small letters, digits and hyphens.</exception>
    public PartDescription(string part)
        : this(ModelParts.RequireName(part), [], [])
    {
    }

    private PartDescription(string part, (string Name, object? Value)[] options, string[] usage)
        => (Part, _options, _usage) = (part, options, usage);

    /// <summary>The part's name.</summary>
    public string Part { get; }

    /// <summary>
    /// SHA-256 of the description as hexadecimal text: equal for two parts exactly when they are described alike, but for what
    /// <see cref="AsUsage"/> has marked.
    /// </summary>
    public string Fingerprint => DescriptionJson.Fingerprint(this);

    /// <summary>The options in their order, with or without those that only say how the part is used.</summary>
    internal IEnumerable<(string Name, object? Value)> Options(bool withUsage)
        => withUsage ? _options : _options.Where(option => !_usage.Contains(option.Name));

    /// <summary>How a module is made again.</summary>
    /// <param name="module">A module that is an <see cref="IDescribedPart"/>, as are its parts.</param>
    /// <exception cref="NotSupportedException">It, or a part of it, does not say how it is made.</exception>
    public static PartDescription Of(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return (module as IDescribedPart)?.Describe() ?? throw new NotSupportedException(
            $"{module.GetType().Name} does not say how it is made again; implement {nameof(IDescribedPart)}, "
            + "and register a factory under the name in its description: "
            + ModelParts.LineFor("my-part", $"new {module.GetType().Name}(...)"));
    }

    /// <summary>How a module is made again, or null when it, or a part of it, does not say so.</summary>
    /// <param name="module">Any module.</param>
    public static PartDescription? Find(torch.nn.Module module)
    {
        try
        {
            return module is IDescribedPart ? Of(module) : null;
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>With a whole number.</summary>
    public PartDescription With(string name, long value) => Add(name, value);

    /// <summary>With a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is NaN or infinite.</exception>
    public PartDescription With(string name, double value) => Add(name, RequireFinite(name, value));

    /// <summary>With a number or null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is NaN or infinite.</exception>
    public PartDescription With(string name, double? value) => Add(name, value is { } number ? RequireFinite(name, number) : null);

    /// <summary>With a yes or no.</summary>
    public PartDescription With(string name, bool value) => Add(name, value);

    /// <summary>With a text or null.</summary>
    public PartDescription With(string name, string? value) => Add(name, value);

    /// <summary>With one of an enumeration's values, written in small letters with hyphens.</summary>
    public PartDescription With<TEnum>(string name, TEnum value)
        where TEnum : struct, Enum
        => Add(name, ChoiceName.Of(value));

    /// <summary>With whole numbers, such as widths or a shape.</summary>
    public PartDescription With(string name, IReadOnlyList<long> values) => AddAll(name, values);

    /// <summary>
    /// Marks options that say how the part is used or trained on and not what its weights mean, such as a precision or an active head. They
    /// are in the file but not in the fingerprint, so weights go between models that differ in them.
    /// </summary>
    /// <param name="names">Options that are described already.</param>
    public PartDescription AsUsage(params string[] names) => new(Part, _options, [.. _usage, .. names]);

    /// <summary>With numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is NaN or infinite.</exception>
    public PartDescription With(string name, IReadOnlyList<double> values)
        => AddAll(name, [.. values.Select(value => RequireFinite(name, value))]);

    /// <summary>With texts.</summary>
    public PartDescription With(string name, IReadOnlyList<string> values) => AddAll(name, values);

    /// <summary>With a range, written as two numbers, or null.</summary>
    public PartDescription With(string name, LogVarianceRange? range)
        => range is null ? Add(name, null) : With(name, (double[])[range.Minimum, range.Maximum]);

    /// <summary>With a part of its own.</summary>
    /// <exception cref="NotSupportedException">The part does not say how it is made.</exception>
    public PartDescription With(string name, torch.nn.Module part) => Add(name, Of(part));

    /// <summary>With a part of its own that is described already.</summary>
    public PartDescription With(string name, PartDescription part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return Add(name, part);
    }

    /// <summary>With parts of its own, in order.</summary>
    public PartDescription With(string name, IReadOnlyList<PartDescription> parts) => AddAll(name, parts);

    /// <summary>Where another description differs, as <c>encoder.hidden: [300] and [300, 300]</c>; empty when nowhere.</summary>
    /// <param name="other">The other description.</param>
    /// <param name="own">What to call this one's values, such as <c>file has</c>.</param>
    /// <param name="others">What to call the other's values, such as <c>model has</c>.</param>
    public IReadOnlyList<string> DifferencesFrom(PartDescription other, string own = "here", string others = "there")
    {
        ArgumentNullException.ThrowIfNull(other);
        using var mine = JsonDocument.Parse(DescriptionJson.Write(this, withUsage: false));
        using var theirs = JsonDocument.Parse(DescriptionJson.Write(other, withUsage: false));
        return DescriptionJson.Differences(mine.RootElement, theirs.RootElement, own, others);
    }

    /// <summary>The description as JSON.</summary>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(DescriptionJson.Write(this));

    private PartDescription AddAll<T>(string name, IReadOnlyList<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Add(name, values.Cast<object>().ToArray());
    }

    private PartDescription Add(string name, object? value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == PartKey || _options.Any(option => option.Name == name))
            throw new ArgumentException($"'{name}' is described already", nameof(name));
        return new(Part, [.. _options, (name, value)], _usage);
    }

    private static double RequireFinite(string name, double value) => double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"'{name}' must be a finite number: JSON has no others");
}
