using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

public sealed class SafeTensorsHostileTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Fact]
    public void The_sound_file_that_the_others_are_made_from_is_read()
    {
        using var file = SafeTensorsContent.Read(SafeTensorsContent.With(Good + "  \n", 8));
        file["a"].shape.Should().Equal(2);
    }

    [Theory]
    [InlineData("", 0, "*does not start with '{'*")]
    [InlineData(" {}", 0, "*does not start with '{'*")]
    [InlineData("[]", 0, "*does not start with '{'*")]
    [InlineData("{", 0, "*not valid JSON*")]
    [InlineData("{} x", 0, "*not valid JSON*")]
    [InlineData("{}{}", 0, "*not valid JSON*")]
    [InlineData("{/*c*/}", 0, "*not valid JSON*")]
    [InlineData("""{"a":7}""", 0, "*expected an object, found Number*'a'*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""", 8, "*not valid JSON*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}""", 8,
        "*twice*'a'*")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "*'dtype' stands twice*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", 8, "*'x'*not one of*")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "*needs a dtype*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "*needs a dtype*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", 8, "*needs a dtype*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""", 8, "*more than 2 numbers*")]
    [InlineData("""{"a":{"dtype":"Q64","shape":[1],"data_offsets":[0,8]}}""", 8, "*dtype 'Q64' cannot be read*F32*")]
    [InlineData("""{"a":{"dtype":"U64","shape":[2],"data_offsets":[0,8]}}""", 8, "*takes 16 bytes, but the data_offsets span 8*")]
    [InlineData("""{"a":{"dtype":1,"shape":[1],"data_offsets":[0,8]}}""", 8, "*expected a string*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "*whole number*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8, "*whole number*")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "*whole number*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "*whole number*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "*more elements than can be counted*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", 0,
        "*more elements than can be counted*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "*takes 12 bytes, but the data_offsets span 8*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "*end lies before the start*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "*a gap*'a'*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8,
        "*an overlap*'b'*")]
    [InlineData(Good, 7, "*ends at data byte 8, but there are 7 bytes*truncated*")]
    [InlineData(Good, 9, "*1 trailing bytes*")]
    [InlineData("{}", 1, "*1 trailing bytes*")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""", 8, "*truncated*")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "*string*__metadata__*")]
    [InlineData("""{"__metadata__":"k"}""", 0, "*object of strings*__metadata__*")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "*'k' stands twice*")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "*twice*")]
    [InlineData("{\"\\uD800\":{}}", 0, "*UTF-8*")]
    public void A_broken_header_is_refused_with_file_and_place(string header, int dataLength, string message)
    {
        var refusal = SafeTensorsContent.Refusal(SafeTensorsContent.With(header, dataLength));
        refusal.Message.Should().Match(message).And.StartWith("given.safetensors: ").And.Contain("(byte ");
        refusal.SourceFile.Should().Be("given.safetensors");
        refusal.Offset.Should().BeInRange(0, 8 + header.Length + dataLength);
    }

    [Theory]
    [InlineData(0, "*0 bytes*")]
    [InlineData(7, "*7 bytes*")]
    public void A_file_too_short_for_a_header_length_is_refused(int length, string message) =>
        SafeTensorsContent.Refusal(new byte[length]).Message.Should().Match(message);

    [Theory]
    [InlineData(100_000_001UL, "*the format allows 100000000*")]
    [InlineData(ulong.MaxValue, "*the format allows 100000000*")]
    [InlineData(99_999_999UL, "*only 62 follow*")]
    public void A_header_longer_than_the_file_is_refused_before_anything_is_allocated(ulong claim, string message)
    {
        var content = SafeTensorsContent.With(Good, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(content, claim);
        var before = GC.GetAllocatedBytesForCurrentThread();
        SafeTensorsContent.Refusal(content).Message.Should().Match(message);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_refused()
    {
        var content = SafeTensorsContent.With(Good, 8);
        content[Array.IndexOf(content, (byte)'a')] = 0xFF;
        SafeTensorsContent.Refusal(content);
    }

    [Fact]
    public void A_hostile_name_is_shortened_in_messages()
    {
        var name = "\\u001b[31m" + new string('n', 5000);
        var message = SafeTensorsContent.Refusal(SafeTensorsContent.With($"{{\"{name}\":7}}")).Message;
        message.Length.Should().BeLessThan(200, "the name is cut to 100 letters");
        message.Should().NotContain("\u001b", "it could command the terminal");
    }

    [Fact]
    public void A_refused_file_leaves_no_tensor_behind()
    {
        using var folder = new TemporaryFolder();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        SafeTensorsContent.Refusal(SafeTensorsContent.With(Good, 7));
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Fact]
    public void A_stream_without_length_is_refused()
    {
        using var stream = new System.IO.Compression.GZipStream(new MemoryStream(), System.IO.Compression.CompressionMode.Decompress);
        var read = () => SafeTensors.Read(stream);
        read.Should().Throw<ArgumentException>().WithMessage("*seekable*");
    }

    [Theory]
    [InlineData("""{"__metadata__":{"kind":"weights","format_version":"1"}}""", null)]
    [InlineData("""{"__metadata__":{"kind":"weights","format_version":"2"}}""", null)]
    [InlineData("""{"__metadata__":{"kind":"weights","format_version":"3"}}""", "*version 3*up to 2*newer one*")]
    [InlineData("""{"__metadata__":{"kind":"weights","format_version":"x"}}""", "*its 'format_version' is 'x'*")]
    [InlineData("""{"__metadata__":{"kind":"weights"}}""", "*'format_version' is ''*")]
    [InlineData("""{"__metadata__":{"kind":"optimiser","format_version":"1"}}""", "*of kind 'optimiser'; one of kind 'weights'*")]
    [InlineData("{}", "*does not say*kind 'weights'*")]
    public void Files_of_other_kinds_and_newer_versions_are_refused_in_a_sentence(string header, string? message)
    {
        using var file = SafeTensorsContent.Read(SafeTensorsContent.With(header));
        var require = () => file.RequireKind("weights", newestVersion: 2);
        if (message is null)
            require().Should().BeInRange(1, 2);
        else
            require.Should().Throw<SafeTensorsException>().WithMessage(message);
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        using var file = SafeTensorsContent.Read(Encoding.ASCII.GetBytes("\x02\0\0\0\0\0\0\0{}"));
        var get = () => file["encoder.weight"];
        get.Should().Throw<SafeTensorsException>().WithMessage("*no tensor of this name*'encoder.weight'*");
    }
}
