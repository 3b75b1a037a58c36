namespace VaeToolkit.Pictures.Tests;

public sealed class PictureClassTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_test_folder_has_the_classes_of_training_also_where_it_lacks_one()
    {
        Write("train/cat/1.png", "train/dog/1.png", "train/horse/1.png", "test/dog/1.png", "test/horse/1.png", "test/horse/2.png");
        using var train = PictureData.Load(_folder["train"]);
        foreach (var read in new[] { PictureData.Load(_folder["test"], With(train)), PictureData.Stream(_folder["test"], With(train)) })
        {
            using var test = read;
            test.Classes.Should().Equal("cat", "dog", "horse");
            test.ReadLabels().Should().Equal(1, 2, 2);
            test.InOrder(3).SelectMany(batch => batch.Labels!.Values()).Should().Equal(1, 2, 2);
        }
        Write("test/zebra/1.png");
        Refused<InvalidDataException>("test", With(train), "*zebra/1.png is of the class 'zebra'*Classes: cat, dog, horse*");
    }

    [Fact]
    public void A_label_file_has_them_too_however_a_number_is_written()
    {
        Write("1.png", "2.png");
        File.WriteAllText(_folder["labels.csv"], "file,label\n1.png,10\n2.png,2.50\n");
        using var data = PictureData.Load(_folder.Folder, new() { LabelFile = "labels.csv", Classes = ["2.5", "7.0", "10.0"] });
        data.ReadLabels().Should().Equal(2, 0);
        data.Classes.Should().Equal("2.5", "7.0", "10.0");
        Refused<InvalidDataException>("", new() { LabelFile = "labels.csv", Classes = ["10"] }, "*2.png is of the class '2.50'*");
    }

    [Fact]
    public void Classes_that_cannot_be_are_refused()
    {
        Write("flat/1.png");
        Refused<ArgumentException>("flat", new() { Classes = ["a"] }, "Classes has a, but*neither a sub-folder a class nor a LabelFile*");
        Refused<ArgumentException>("flat", new() { Classes = ["a"], Labelled = false }, "Classes has a, but Labelled is false*");
        Refused<ArgumentException>("flat", new() { Classes = [] }, "Classes is empty*");
        Refused<ArgumentException>("flat", new() { Classes = ["a", ""] }, "Classes has one without a name*");
        Refused<ArgumentException>("flat", new() { Classes = ["a", "b", "a"] }, "Classes has 'a' 2 times*");
    }

    [Theory]
    [InlineData("0.0 1.0 2.0 10.0")]
    [InlineData("-10 -9 9 10")]
    [InlineData("0.5 2 10.25")]
    [InlineData("01 2 10")]
    [InlineData("10 2 x")]
    public void Classes_that_are_numbers_are_in_the_order_of_numbers(string order)
    {
        var names = order.Split(' ');
        Write([.. names.Select(name => $"folders/{name}/1.png"), .. names.Select((_, i) => $"flat/{i}.png")]);
        using var data = PictureData.Load(_folder["folders"]);
        data.Classes.Should().Equal(names);
        File.WriteAllLines(_folder["flat/labels.csv"], ["file,label", .. names.Select((name, i) => $"{i}.png,{name}").Reverse()]);
        using var listed = PictureData.Load(_folder["flat"], new() { LabelFile = "labels.csv" });
        listed.Classes.Should().Equal(names);
    }

    [Fact]
    public void Hidden_folders_are_no_classes()
    {
        Write("cat/1.png", "dog/1.png", ".ipynb_checkpoints/1.png", "cat/.ipynb_checkpoints/1-checkpoint.png", ".thumbnails/x/2.png");
        using var data = PictureData.Load(_folder.Folder);
        data.Classes.Should().Equal("cat", "dog");
        data.Files.Should().Equal("cat/1.png", "dog/1.png");
        using var all = PictureData.Load(_folder.Folder, new() { Labelled = false });
        all.Count.Should().Be(2);
    }

    private static PictureOptions With(PictureData train) => new() { Classes = train.Classes };

    private void Write(params string[] files)
    {
        foreach (var file in files)
            PictureFiles.Write(_folder[file], PictureFiles.Colours(2, 2, 0), 2, 2);
    }

    private void Refused<TException>(string folder, PictureOptions options, string message)
        where TException : Exception
        => FluentActions.Invoking(() => PictureData.Load(_folder[folder], options)).Should().Throw<TException>().WithMessage(message);
}
