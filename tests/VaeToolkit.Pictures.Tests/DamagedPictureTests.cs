using System.Buffers.Binary;
using TorchSharp;

namespace VaeToolkit.Pictures.Tests;

public sealed class DamagedPictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("empty.png", "the file is empty")]
    [InlineData("text.jpg", "it is no PNG, JPEG or BMP; it begins with 6E6F2070")]
    [InlineData("cut.png", "the PNG is cut off")]
    [InlineData("cut.jpg", "the JPEG is cut off")]
    [InlineData("cut.bmp", "the BMP is cut off")]
    [InlineData("flipped.png", "the checksum of the PNG's part at byte")]
    [InlineData("huge.png", "it says that it has 15000 x 15000 pixels; 1 to 100000000 (MostPixels) are read")]
    public void A_damaged_file_is_named_and_left_out_or_refused(string name, string problem)
    {
        for (var i = 0; i < 3; i++)
            PictureFiles.Write(_folder[$"{i}.png"], PictureFiles.Colours(6, 6, i), 6, 6);
        File.WriteAllBytes(_folder[name], Damaged(name));
        Func<string, PictureOptions, PictureData>[] ways = [(f, o) => PictureData.Load(f, o), (f, o) => PictureData.Stream(f, o)];
        foreach (var open in ways)
        {
            FluentActions.Invoking(() => open(_folder.Folder, new())).Should().Throw<PictureException>()
                .Which.Message.Should().Contain(name).And.Contain(problem);
            using var data = open(_folder.Folder, new() { Damaged = DamagedFiles.Skip });
            data.Files.Should().Equal("0.png", "1.png", "2.png");
            data.Damaged.Should().ContainSingle().Which.Should().Match<DamagedPicture>(d => d.File == name && d.Problem.Contains(problem));
            data.InOrder(3).Select(batch => batch.Size).Should().Equal(3);
        }
    }

    [Fact]
    public void Pictures_of_different_sizes_need_a_size()
    {
        PictureFiles.Write(_folder["1.png"], PictureFiles.Colours(6, 6, 1), 6, 6);
        PictureFiles.Write(_folder["2.png"], PictureFiles.Colours(6, 7, 1), 6, 7);
        FluentActions.Invoking(() => PictureData.Load(_folder.Folder)).Should().Throw<PictureException>()
            .WithMessage("*1 of 2*2.png: it has 6 x 7 pixels, where the first has 6 x 6; give Height and Width*");
        using var data = PictureData.Load(_folder.Folder, new() { Height = 4, Width = 4 });
        data.ItemShape.Should().Equal(3, 4, 4);
    }

    [Fact]
    public void Many_damaged_files_are_named_in_part_and_counted()
    {
        for (var i = 0; i < 14; i++)
            File.WriteAllText(_folder[$"{i:D2}.png"], "no picture");
        FluentActions.Invoking(() => PictureData.Load(_folder.Folder, new() { Height = 2, Width = 2 })).Should().Throw<PictureException>()
            .WithMessage("*14 of 14 pictures cannot be read*00.png*09.png*and 4 more");
        FluentActions.Invoking(() => PictureData.Load(_folder.Folder, new() { Damaged = DamagedFiles.Skip }))
            .Should().Throw<PictureException>().WithMessage("*none of its 14 pictures can be read; the first: it is no PNG*");
    }

    [Fact]
    public void In_memory_a_picture_is_its_bytes_and_gaps_are_closed_where_they_are()
    {
        using var store = new MemoryStore(6, new(Height: 4, Width: 5, Channels: 3, MostPixels: 100));
        var live = torch.Tensor.TotalCount;
        foreach (var row in new[] { 0, 2, 3, 5 })
            store.Put(row, PictureFiles.Colours(4, 5, row));
        store.Keep([0, 2, 3, 5]);
        torch.Tensor.TotalCount.Should().Be(live);
        foreach (var (pixels, rows) in store.Read([[3, 1], [0, 2]]))
        {
            (pixels.dtype, pixels.ElementSize).Should().Be((torch.uint8, 1));
            pixels.shape.Should().Equal(2, 3, 4, 5);
            pixels.data<byte>().ToArray().Should().Equal(
                rows.SelectMany(row => PictureFiles.Colours(4, 5, new[] { 0, 2, 3, 5 }[row])));
        }
        torch.Tensor.TotalCount.Should().Be(live);
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".bmp")]
    public void A_thousand_damaged_files_are_read_or_refused_by_name(string ending)
    {
        var (sound, mutator) = (PictureFiles.Encode(ending, PictureFiles.Colours(9, 11, 3), 9, 11), new Mutator(seed: 5));
        var decoder = new PictureDecoder(Height: 4, Width: 4, Channels: 3, MostPixels: 100_000);
        var path = _folder[$"picture{ending}"];
        var refused = 0;
        for (var i = 0; i < 1000; i++)
        {
            File.WriteAllBytes(path, mutator.Damage(sound));
            try
            {
                decoder.Decode(path).Pixels.Should().HaveCount(48);
            }
            catch (PictureException e)
            {
                e.SourceFile.Should().Be(path);
                refused++;
            }
        }
        refused.Should().BeGreaterThan(300, "most damage changes the length or the header");
    }

    private static byte[] Damaged(string name)
    {
        var sound = PictureFiles.Encode(Path.GetExtension(name), PictureFiles.Colours(6, 6, 9), 6, 6);
        switch (Path.GetFileNameWithoutExtension(name))
        {
            case "empty":
                return [];
            case "text":
                return "no picture"u8.ToArray();
            case "cut":
                return sound[..(sound.Length - 20)];
            case "flipped":
                sound[50] ^= 1;
                return sound;
            default:
                // Width and height are the first numbers of the header, whose checksum is right.
                BinaryPrimitives.WriteInt32BigEndian(sound.AsSpan(16), 15_000);
                BinaryPrimitives.WriteInt32BigEndian(sound.AsSpan(20), 15_000);
                BinaryPrimitives.WriteUInt32BigEndian(sound.AsSpan(29), Crc32.Of(sound.AsSpan(12, 17)));
                return sound;
        }
    }
}
