using System.Text.Json;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// The options of a part, as a factory of <see cref="ModelParts"/> reads them. A value that is missing, of another type or out of its range
/// is refused with its place in the file; so is an option that the factory has not read.
/// </summary>
public sealed class PartOptions
{
    private const int LongestList = 1000;

    private readonly Dictionary<string, JsonElement> _values = [];
    private readonly HashSet<string> _read = [PartDescription.PartKey];
    private readonly string _path;
    private readonly PartBuilder _builder;
    private readonly torch.nn.Module? _given;

    internal PartOptions(JsonElement description, string path, PartBuilder builder, torch.nn.Module? given, bool isPart = true)
    {
        (_path, _builder, _given) = (path, builder, given);
        if (description.ValueKind != JsonValueKind.Object)
            throw new PartException(path, $"must be an object, not {KindOf(description)}");
        foreach (var property in description.EnumerateObject())
        {
            if (!_values.TryAdd(property.Name, property.Value))
                throw new PartException(PathOf(property.Name), "the property stands twice");
        }
        PartName = isPart ? Text(PartDescription.PartKey) : "";
    }

    /// <summary>The part's name.</summary>
    public string PartName { get; }

    /// <summary>Whether there is an option of a name: one that later versions of a part have may be missing in earlier files.</summary>
    /// <param name="name">The option.</param>
    public bool Contains(string name) => _values.ContainsKey(name);

    /// <summary>A whole number.</summary>
    /// <param name="name">The option.</param>
    public long WholeNumber(string name) => Whole(Value(name), PathOf(name));

    /// <summary>A whole number that fits 32 bits, such as a count.</summary>
    /// <param name="name">The option.</param>
    public int Count(string name)
    {
        var value = WholeNumber(name);
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new PartException(PathOf(name), $"{value} is out of the range of such a number");
    }

    /// <summary>A number.</summary>
    /// <param name="name">The option.</param>
    public double Number(string name) => Number(Value(name), PathOf(name));

    /// <summary>A number or null.</summary>
    /// <param name="name">The option.</param>
    public double? NumberOrNull(string name) => Value(name).ValueKind == JsonValueKind.Null ? null : Number(name);

    /// <summary>A yes or no.</summary>
    /// <param name="name">The option.</param>
    public bool Flag(string name) => Value(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value
        ? value.GetBoolean()
        : throw Wrong(name, "true or false");

    /// <summary>A text.</summary>
    /// <param name="name">The option.</param>
    public string Text(string name) => Text(Value(name), PathOf(name));

    /// <summary>A text or null.</summary>
    /// <param name="name">The option.</param>
    public string? TextOrNull(string name) => Value(name).ValueKind == JsonValueKind.Null ? null : Text(name);

    /// <summary>One of an enumeration's values.</summary>
    /// <typeparam name="TEnum">The enumeration.</typeparam>
    /// <param name="name">The option.</param>
    public TEnum Choice<TEnum>(string name)
        where TEnum : struct, Enum
        => ChoiceName.Find<TEnum>(Text(name))
            ?? throw new PartException(
                PathOf(name), $"'{SafeTensorsException.Shorten(Text(name))}' is none of {ChoiceName.All<TEnum>()}");

    /// <summary>Whole numbers.</summary>
    /// <param name="name">The option.</param>
    public IReadOnlyList<long> WholeNumbers(string name) => List(name, Whole);

    /// <summary>Numbers.</summary>
    /// <param name="name">The option.</param>
    public IReadOnlyList<double> Numbers(string name) => List(name, Number);

    /// <summary>Texts.</summary>
    /// <param name="name">The option.</param>
    public IReadOnlyList<string> Texts(string name) => List(name, Text);

    /// <summary>A range, or null.</summary>
    /// <param name="name">The option.</param>
    public LogVarianceRange? Range(string name)
    {
        if (Value(name).ValueKind == JsonValueKind.Null)
            return null;
        return Numbers(name) is [var minimum, var maximum]
            ? new(minimum, maximum)
            : throw new PartException(PathOf(name), "a range is two numbers");
    }

    /// <summary>A part of this part. When the rest of the model cannot be made, it is disposed.</summary>
    /// <typeparam name="TPart">What it must be.</typeparam>
    /// <param name="name">The option.</param>
    /// <param name="given">A part that this one is made from as well, such as the encoder of a prior whose components it encodes.</param>
    public TPart Part<TPart>(string name, torch.nn.Module? given = null)
        where TPart : torch.nn.Module
        => _builder.Make<TPart>(Value(name), PathOf(name), given ?? _given);

    /// <summary>Parts of this part, in order.</summary>
    /// <typeparam name="TPart">What they must be.</typeparam>
    /// <param name="name">The option.</param>
    public IReadOnlyList<TPart> Parts<TPart>(string name)
        where TPart : torch.nn.Module
        => List(name, (value, path) => _builder.Make<TPart>(value, path, _given));

    /// <summary>A description inside this one that is no part of its own but a group of options.</summary>
    /// <param name="name">The option.</param>
    /// <param name="read">Reads its options.</param>
    /// <typeparam name="T">What they make.</typeparam>
    public T Group<T>(string name, Func<PartOptions, T> read) => Group(Value(name), PathOf(name), read);

    /// <summary>As <see cref="Group{T}(string, Func{PartOptions, T})"/>, of each in a list.</summary>
    /// <param name="name">The option.</param>
    /// <param name="read">Reads the options of one.</param>
    /// <typeparam name="T">What they make.</typeparam>
    public IReadOnlyList<T> Groups<T>(string name, Func<PartOptions, T> read)
        => List(name, (value, path) => Group(value, path, read));

    /// <summary>The part that the model gives this one to be made from, such as its encoder.</summary>
    /// <typeparam name="TPart">What it must be.</typeparam>
    public TPart Given<TPart>()
        where TPart : torch.nn.Module
        => _given as TPart ?? throw new PartException(
            _path, $"'{PartName}' is made from a model's {typeof(TPart).Name}, and there is none here");

    /// <summary>
    /// Says how many weights the part is going to have, before it has them. A description of sizes whose weights the file cannot hold is
    /// refused here, and not by a machine without memory.
    /// </summary>
    /// <param name="factors">Sizes of which the product is taken.</param>
    public void RequireWeights(params ReadOnlySpan<long> factors) => _builder.Count(WeightCount.Product(factors), _path);

    /// <summary>As <see cref="RequireWeights"/>, of fully connected layers one after the other.</summary>
    /// <param name="inputs">Inputs of the first layer.</param>
    /// <param name="widths">Outputs of each.</param>
    /// <param name="outputs">Sizes of which the product is the outputs of the last.</param>
    public void RequireDense(long inputs, IReadOnlyList<long> widths, params ReadOnlySpan<long> outputs)
    {
        ArgumentNullException.ThrowIfNull(widths);
        foreach (var width in widths)
        {
            RequireWeights(inputs, width);
            inputs = width;
        }
        RequireWeights([inputs, .. outputs]);
    }

    /// <summary>Texts by name.</summary>
    internal Dictionary<string, string> Dictionary(string name)
    {
        var texts = new PartOptions(Value(name), PathOf(name), _builder, null, isPart: false);
        return texts._values.Keys.ToDictionary(key => key, texts.Text);
    }

    /// <summary>The properties of an object that is no part.</summary>
    internal static PartOptions OfGroup(JsonElement value, string path) => new(value, path, new PartBuilder(null), null, isPart: false);

    /// <exception cref="PartException">There is an option that nobody has asked for.</exception>
    internal void RequireAllRead()
    {
        if (_values.Keys.FirstOrDefault(name => !_read.Contains(name)) is { } name)
            throw new PartException(PathOf(name), $"'{PartName}' has no such option");
    }

    private T Group<T>(JsonElement value, string path, Func<PartOptions, T> read)
    {
        var options = new PartOptions(value, path, _builder, _given);
        try
        {
            var made = read(options);
            options.RequireAllRead();
            return made;
        }
        catch (ArgumentException e)
        {
            throw new PartException(path, e.Message, e);
        }
    }

    private JsonElement Value(string name)
    {
        _read.Add(name);
        return _values.TryGetValue(name, out var value) ? value : throw new PartException(_path, $"'{name}' is missing");
    }

    private T[] List<T>(string name, Func<JsonElement, string, T> read)
    {
        var values = Value(name);
        if (values.ValueKind != JsonValueKind.Array)
            throw Wrong(name, "a list");
        if (values.GetArrayLength() > LongestList)
            throw new PartException(PathOf(name), $"the list has {values.GetArrayLength()} entries; {LongestList} are the most");
        return [.. values.EnumerateArray().Select((value, i) => read(value, $"{PathOf(name)}[{i}]"))];
    }

    private static long Whole(JsonElement value, string path)
        => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : throw new PartException(path, $"must be a whole number, not {KindOf(value)}");

    private static double Number(JsonElement value, string path)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new PartException(path, $"must be a finite number, not {KindOf(value)}");

    private static string Text(JsonElement value, string path)
        => value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new PartException(path, $"must be a text, not {KindOf(value)}");

    private PartException Wrong(string name, string needed) => new(PathOf(name), $"must be {needed}, not {KindOf(_values[name])}");

    private string PathOf(string name) => $"{_path}.{SafeTensorsException.Shorten(name)}";

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => SafeTensorsException.Shorten(value.GetRawText()),
    };
}
