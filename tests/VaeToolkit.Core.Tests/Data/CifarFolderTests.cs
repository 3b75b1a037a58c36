namespace VaeToolkit.Tests.Data;

public sealed class CifarFolderTests : IDisposable
{
    private const int RecordLength = 3073;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cifar-10")]
    [InlineData("cifar-10-batches-bin")]
    [InlineData("")]
    public void The_files_that_are_there_are_read_in_order(string subFolder)
    {
        Write(Path.Combine(subFolder, "data_batch_1.bin"), 3, 4);
        Write(Path.Combine(subFolder, "data_batch_3.bin"), 5);
        Write(Path.Combine(subFolder, "test_batch.bin"), 9, 0);
        using var data = ImageData.Cifar10(_folder.Folder);
        data.ReadLabels().Should().Equal(3, 4, 5);
        data.Test!.ReadLabels().Should().Equal(9, 0);
        data.ItemShape.Should().Equal(3, 32, 32);
        foreach (var batch in data.InOrder(3))
        {
            // Red, green and blue one after the other, each by rows.
            foreach (var (record, label) in new[] { (0, 3), (1, 4), (2, 5) })
                batch.Items[record].Values().Should().Equal(Enumerable.Range(0, 3072).Select(i => (double)(Pixel(label, i) / 255f)));
        }
    }

    [Fact]
    public void Damaged_files_are_named_with_the_byte()
    {
        Write("data_batch_1.bin", 3, 10);
        Write("test_batch.bin", 1);
        Load().Should().Throw<InvalidDataException>().WithMessage("*data_batch_1.bin: the label at byte 3073 is 10*0 to 9*");
        using (var file = File.OpenWrite(_folder["data_batch_1.bin"]))
            file.SetLength(RecordLength + 7);
        Load().Should().Throw<InvalidDataException>().WithMessage("*data_batch_1.bin has 3080 bytes*records of 3073*");
        File.WriteAllBytes(_folder["data_batch_1.bin"], []);
        Load().Should().Throw<InvalidDataException>().WithMessage("*has 0 bytes*");
    }

    [Fact]
    public void What_a_place_lacks_is_listed()
    {
        Write("cifar-10/data_batch_1.bin", 3);
        var message = FluentActions.Invoking(() => CifarFolder.Load(Places(), Binarisation.None))
            .Should().Throw<FileNotFoundException>().Which.Message;
        message.Should().Contain("CIFAR-10 is in none of these places")
            .And.Contain($"{Path.Combine(_folder.Folder, "cifar-10")} (the folder given): lacks test_batch.bin")
            .And.Contain($"{_folder.Folder} (the folder given): no data_batch_1.bin to data_batch_5.bin")
            .And.Contain("cifar-10-binary.tar.gz").And.Contain("or give no folder").And.NotContain("(the user's cache)");
        FluentActions.Invoking(() => CifarFolder.Load(Places() with { Given = null }, Binarisation.None))
            .Should().Throw<FileNotFoundException>().WithMessage("*(the user's cache): no such folder*");
    }

    [RealDataFact("cifar-10")]
    public void The_real_files_are_read()
    {
        using var data = ImageData.Cifar10();
        data.ReadLabels()!.CountBy(label => label).Should().HaveCount(10).And.OnlyContain(pair => pair.Value == data.Count / 10);
        foreach (var batch in data.First(1000).InOrder(1000))
        {
            // The published means of the training pictures' red, green and blue are 0.4914, 0.4822 and 0.4465; a mean of 1,000 pictures has
            // a standard error of 0.004.
            batch.Items.mean([0, 2, 3]).Values().Zip([0.4914, 0.4822, 0.4465])
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 0.016, "four standard errors");
        }
    }

    private SearchPlaces Places() => new(_folder.Folder, null, _folder["data"], _folder["cache"]);

    private Func<ImageData> Load() => () => CifarFolder.Load(Places(), Binarisation.None);

    private static byte Pixel(int label, int i) => (byte)(7 * label + i);

    private void Write(string name, params int[] labels)
    {
        var path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [.. labels.SelectMany(
            label => Enumerable.Range(0, RecordLength - 1).Select(i => Pixel(label, i)).Prepend((byte)label))]);
    }
}
