using System.Buffers.Binary;
using System.Text.Json;

namespace TorchSharp.Tests;

/// <summary>The tensors of one safetensors file under tests/fixtures, which PyTorch made.</summary>
internal sealed class Fixture
{
    private readonly byte[] _file;
    private readonly JsonElement _header;
    private readonly int _start;

    public Fixture(string name)
    {
        _file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "fixtures", name + ".safetensors"));
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(_file);
        _header = JsonDocument.Parse(_file.AsMemory(8, length)).RootElement;
        _start = 8 + length;
    }

    public IEnumerable<string> Keys => _header.EnumerateObject().Select(p => p.Name).Where(n => n != "__metadata__");

    public bool Contains(string key) => _header.TryGetProperty(key, out _);

    public Tensor this[string key]
    {
        get
        {
            var entry = _header.GetProperty(key);
            var shape = entry.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray();
            var from = _start + entry.GetProperty("data_offsets")[0].GetInt32();
            var to = _start + entry.GetProperty("data_offsets")[1].GetInt32();
            var result = empty(shape, TypeOf(entry.GetProperty("dtype").GetString()!));
            result.bytes = _file.AsSpan(from, to - from);
            return result;
        }
    }

    private static ScalarType TypeOf(string name) => name switch
    {
        "F64" => ScalarType.Float64,
        "F32" => ScalarType.Float32,
        "I64" => ScalarType.Int64,
        "BOOL" => ScalarType.Bool,
        "U8" => ScalarType.Byte,
        _ => throw new NotSupportedException(name),
    };
}
