using System.Buffers.Binary;
using System.Text;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

/// <summary>Makes and reads safetensors content byte by byte, for tests.</summary>
internal static class SafeTensorsContent
{
    public static string Fixture => Path.Combine(AppContext.BaseDirectory, "fixtures", "storage", "python_written.safetensors");

    /// <summary>A file with a header as given and so many bytes of data.</summary>
    public static byte[] With(string header, int dataLength = 0)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var content = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(content, json.Length);
        json.CopyTo(content, 8);
        return content;
    }

    public static SafeTensorsFile Read(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return SafeTensors.Read(stream, "given.safetensors");
    }

    public static SafeTensorsException Refusal(byte[] content)
    {
        var read = () => Read(content).Dispose();
        return read.Should().Throw<SafeTensorsException>().Which;
    }
}
