using System.Text.Json;

namespace VaeToolkit.Storage;

/// <summary>
/// Reads a header strictly: JSON without comments or trailing commas, no name twice, no key that the format does not know.
/// Everything in it is taken for hostile until checked.
/// </summary>
internal ref struct SafeTensorsHeaderParser
{
    private const int HighestRank = 64;

    private readonly string _file;
    private readonly HashSet<string> _names = [];
    private readonly List<SafeTensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];
    private Utf8JsonReader _json;
    private string? _current;

    private SafeTensorsHeaderParser(string file, ReadOnlySpan<byte> header)
    {
        _file = file;
        _json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
    }

    public static SafeTensorsHeader Parse(string file, ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty || header[0] != (byte)'{')
            throw new SafeTensorsException(
                file, SafeTensorsHeader.PrefixLength, "the header does not start with '{'; this is not a safetensors file");
        var parser = new SafeTensorsHeaderParser(file, header);
        try
        {
            return parser.ParseHeader();
        }
        catch (JsonException e)
        {
            throw parser.Fail($"the header is not valid JSON: {e.Message}", e, parser._json.BytesConsumed);
        }
        catch (InvalidOperationException e)
        {
            throw parser.Fail("the header holds text that is not valid UTF-8", e);
        }
    }

    private SafeTensorsHeader ParseHeader()
    {
        Expect(JsonTokenType.StartObject, "an object");
        while (NextName() is { } name)
        {
            _current = name;
            if (!_names.Add(name))
                throw Fail("the name stands twice in the header");
            if (name == SafeTensorsHeader.MetadataKey)
                ParseMetadata();
            else
                _entries.Add(ParseEntry(name));
        }
        _current = null;
        _json.Read(); // Past the closing brace only white space may follow: the reader throws on anything else.
        _entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        return new SafeTensorsHeader(_entries, _metadata);
    }

    private void ParseMetadata()
    {
        Expect(JsonTokenType.StartObject, "an object of strings");
        while (NextName() is { } key)
        {
            Expect(JsonTokenType.String, "a string, as all metadata is");
            if (!_metadata.TryAdd(key, _json.GetString()!))
                throw Fail($"the key '{SafeTensorsException.Shorten(key)}' stands twice in the metadata");
        }
    }

    private SafeTensorsEntry ParseEntry(string name)
    {
        var offset = SafeTensorsHeader.PrefixLength + _json.TokenStartIndex;
        Expect(JsonTokenType.StartObject, "an object");
        SafeTensorsType? type = null;
        long[]? shape = null, range = null;
        while (NextName() is { } key)
        {
            if (key == "dtype" && type is null)
                type = ParseType();
            else if (key == "shape" && shape is null)
                shape = ParseNumbers(HighestRank);
            else if (key == "data_offsets" && range is null)
                range = ParseNumbers(2);
            else
                throw Fail($"the key '{SafeTensorsException.Shorten(key)}' stands twice or is not one of dtype, shape, data_offsets");
        }
        if (type is null || shape is null || range is not { Length: 2 })
            throw Fail("an entry needs a dtype, a shape, and two data_offsets");
        CheckSize(type, shape, range[0], range[1]);
        return new SafeTensorsEntry(name, type, shape, range[0], range[1]) { HeaderOffset = offset };
    }

    private SafeTensorsType ParseType()
    {
        Expect(JsonTokenType.String, "a string");
        var code = _json.GetString()!;
        return SafeTensorsType.Find(code)
            ?? throw Fail(
                $"the dtype '{SafeTensorsException.Shorten(code)}' cannot be read; it must be one of {SafeTensorsType.KnownCodes}");
    }

    private long[] ParseNumbers(int most)
    {
        Expect(JsonTokenType.StartArray, "an array of numbers");
        var numbers = new List<long>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out var number) || number < 0)
                throw Fail("a shape or an offset is not a whole number from 0 to 2^63 - 1");
            if (numbers.Count == most)
                throw Fail($"an array has more than {most} numbers");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private void CheckSize(SafeTensorsType type, long[] shape, long begin, long end)
    {
        if (begin > end)
            throw Fail($"the data_offsets are [{begin}, {end}]: the end lies before the start");
        var bytes = SafeTensorsEntry.BytesFor(shape, type.Bits)
            ?? throw Fail($"the shape {Shape.Text(shape)} has more elements than can be counted");
        if (bytes != end - begin)
            throw Fail(
                $"the shape {Shape.Text(shape)} of {type.Code} takes {bytes} bytes, but the data_offsets span {end - begin}");
    }

    /// <summary>The next property's name, or null at the end of the object.</summary>
    private string? NextName()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.EndObject ? null : _json.GetString()!;
    }

    private void Expect(JsonTokenType type, string what)
    {
        _json.Read();
        if (_json.TokenType != type)
            throw Fail($"expected {what}, found {_json.TokenType}");
    }

    private readonly SafeTensorsException Fail(string problem, Exception? cause = null, long? at = null) =>
        new(_file, SafeTensorsHeader.PrefixLength + (at ?? _json.TokenStartIndex), problem, _current, cause);
}
