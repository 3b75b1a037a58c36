using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

/// <summary>
/// The oracle is python_written.safetensors, written by tests/fixtures/storage/make_python_written.py, which lays files out as Python's
/// library
/// does; the same script checks a file of ours with its argument 'check'.
/// </summary>
public sealed class SafeTensorsRoundTripTests
{
    [Fact]
    public void Reads_every_type_that_Python_wrote()
    {
        using var file = SafeTensors.Read(SafeTensorsContent.Fixture);
        file.Tensors.Should().HaveCount(12);
        file["weight"].shape.Should().Equal(2, 3);
        file["weight"].data<float>().ToArray().Should().Equal(0f, 0.5f, 1f, 1.5f, -2f, 1e-30f);
        file["bias"].data<double>().ToArray().Should().Equal(0.1, -0.2, 1e300);
        file["steps"].shape.Should().BeEmpty();
        file["steps"].item<long>().Should().Be(-7);
        file["ids"].data<int>().ToArray().Should().Equal(1, -2, 3, int.MaxValue);
        file["short"].data<short>().ToArray().Should().Equal(1, -2, 32767);
        file["signed"].data<sbyte>().ToArray().Should().Equal(1, -2, 127);
        file["bytes"].data<byte>().ToArray().Should().Equal(0, 1, 128, 255);
        file["mask"].data<bool>().ToArray().Should().Equal(true, false, true);
        file["empty"].shape.Should().Equal(0, 4);
        file["decoder.größe"].item<float>().Should().Be(3f);
        AsFloats(file["half"]).Should().Equal(0.5f, -2f);
        AsFloats(file["brain"]).Should().Equal(0.5f, -2f);
        file.Metadata.Should().Equal(new Dictionary<string, string>
        {
            ["format_version"] = "1",
            ["kind"] = "fixture",
            ["note"] = "quote \" and letter é",
        });
    }

    [Fact]
    public void Writes_byte_for_byte_what_Python_writes()
    {
        using var folder = new TemporaryFolder();
        using var file = SafeTensors.Read(SafeTensorsContent.Fixture);
        SafeTensors.Write(folder["ours.safetensors"], file.Tensors, file.Metadata);
        File.ReadAllBytes(folder["ours.safetensors"]).Should().Equal(File.ReadAllBytes(SafeTensorsContent.Fixture));
    }

    [Fact]
    public void Writes_views_in_row_major_order()
    {
        using var scope = torch.NewDisposeScope();
        using var stream = new MemoryStream();
        var matrix = torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        SafeTensors.Write(stream, new Dictionary<string, torch.Tensor> { ["t"] = matrix.transpose(0, 1), ["n"] = matrix.narrow(1, 1, 2) });
        using var file = SafeTensorsContent.Read(stream.ToArray());
        file["t"].shape.Should().Equal(3, 2);
        file["t"].data<float>().ToArray().Should().Equal(1, 4, 2, 5, 3, 6);
        file["n"].data<float>().ToArray().Should().Equal(2, 3, 5, 6);
        file.Metadata.Should().BeEmpty();
    }

    [Fact]
    public void A_file_of_nothing_is_a_file()
    {
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, new Dictionary<string, torch.Tensor>());
        stream.ToArray().Should().Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8.ToArray()]);
        using var file = SafeTensorsContent.Read(stream.ToArray());
        file.Tensors.Should().BeEmpty();
    }

    [Fact]
    public void Tensors_belong_to_the_file_and_to_no_scope()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        SafeTensorsFile file;
        using (torch.NewDisposeScope())
            file = SafeTensors.Read(SafeTensorsContent.Fixture);
        file["bytes"].data<byte>().ToArray()[3].Should().Be(255);
        file.Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_no_other()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a"], "old");
        var write = () => AtomicFile.Write(folder["a"], stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException("half way");
        });
        write.Should().Throw<InvalidOperationException>();
        File.ReadAllText(folder["a"]).Should().Be("old");
        Directory.GetFiles(folder.Folder).Should().ContainSingle();
    }

    [Fact]
    public void Refuses_to_write_what_the_format_lacks()
    {
        using var scope = torch.NewDisposeScope();
        using var stream = new MemoryStream();
        var fine = torch.zeros(1);
        var gone = torch.zeros(1);
        gone.Dispose();
        Writing("__metadata__", fine).Should().Throw<ArgumentException>().WithMessage("*'__metadata__'*");
        Writing("gone", gone).Should().Throw<ArgumentException>().WithMessage("*'gone'*disposed*");
        Writing("c", torch.zeros(1, dtype: (torch.ScalarType)9)).Should().Throw<ArgumentException>().WithMessage("*'c'*type*F32*");

        Writing("s", torch.eye(2).to_sparse()).Should().Throw<ArgumentException>().WithMessage("The tensor 's' is sparse*");
        Writing("m", torch.zeros([1L], device: torch.META)).Should().Throw<ArgumentException>().WithMessage("The tensor 'm' is on meta*");
        var noMetadata = () => SafeTensors.Write(
            stream, new Dictionary<string, torch.Tensor> { ["fine"] = fine }, new Dictionary<string, string> { ["note"] = null! });
        noMetadata.Should().Throw<ArgumentException>().WithMessage("The metadata of 'note' are null*");
        stream.Length.Should().Be(0);

        Action Writing(string name, torch.Tensor tensor) =>
            () => SafeTensors.Write(stream, new Dictionary<string, torch.Tensor> { [name] = tensor });
    }

    private static float[] AsFloats(torch.Tensor tensor)
    {
        using var wide = tensor.to(torch.float32);
        return wide.data<float>().ToArray();
    }
}
