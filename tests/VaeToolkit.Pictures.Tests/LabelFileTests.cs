using TorchSharp;

namespace VaeToolkit.Pictures.Tests;

/// <summary>Labels of pictures that a file tells.</summary>
public sealed class LabelFileTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Labels_come_from_a_file_in_its_order()
    {
        using var data = Labelled(
            "Label,weight,File\r\n10,1,x.png\r\n2,1,sub/y.png\r\n10,3,\"z, too.png\"\r\n", "x.png", "sub/y.png", "z, too.png");
        data.Files.Should().Equal("x.png", "sub/y.png", "z, too.png");
        data.Classes.Should().Equal("2", "10");
        data.ReadLabels().Should().Equal(1, 0, 1);
    }

    [Fact]
    public void A_label_file_may_be_put_together_from_files_and_end_as_spreadsheets_do()
    {
        using var data = Labelled("\uFEFFfile,label\r\n\uFEFFx.png,b\r\n\r\n\uFEFF\"y.png\",\"a\"\r\n,\r\n\r\n", "x.png", "y.png");
        data.Files.Should().Equal("x.png", "y.png");
        data.Classes.Should().Equal("a", "b");
        data.ReadLabels().Should().Equal(1, 0);
    }

    [Fact]
    public void A_quoted_label_may_span_lines()
    {
        using var data = Labelled("file,label\r\nx.png,\"a \"\"b\"\"\r\nc\"\r\ny.png,a\r\n", "x.png", "y.png");
        data.Classes.Should().Equal("a", "a \"b\"\nc");
        data.ReadLabels().Should().Equal(1, 0);
    }

    [Fact]
    public void Labels_that_are_one_number_are_one_class_and_a_file_has_one_name()
    {
        using var data = Labelled("file,label\nx.png,1\ny.png,1.0\nz.png,01\n", "x.png", "y.png", "z.png");
        data.Classes.Should().Equal("01", "1");
        data.ReadLabels().Should().Equal(1, 1, 0);
        File.WriteAllText(_folder["labels.csv"], "file,label\n./x.png,1\nx.png,2\n");
        FluentActions.Invoking(() => PictureData.Load(_folder.Folder, new() { LabelFile = "labels.csv" }))
            .Should().Throw<InvalidDataException>().WithMessage("*line 3: x.png stands twice*");
    }

    [Theory]
    [InlineData("1.1 1.10 1.2", "1.1 1.2", "numbers of one value")]
    [InlineData("1.10 1.1 1", "1 1.10", "as it is written first")]
    [InlineData("1e1 10 +10.0 -0 0", "-0 1e1", "in any notation")]
    [InlineData("1e1 2 10", "2 1e1", "ordered by value in any notation")]
    [InlineData("1e-30 0 1e-40", "0 1e-40 1e-30", "too small for a decimal, not for a double")]
    [InlineData("1e40 2 10e39 1e400 infinity", "1e40 1e400 2 infinity", "too large for any, or no number: texts")]
    [InlineData("1e40 3e39 10e39", "3e39 1e40", "too large for a decimal, not for a double")]
    [InlineData("1.1 1.10 1.1.2", "1.1 1.1.2 1.10", "versions, as one shows")]
    [InlineData("v1.1.0 1 1.0", "1 1.0 v1.1.0", "versions, as one shows")]
    [InlineData("1 1.0 unknown", "1 unknown", "numbers beside a text, as levels of covariates are")]
    [InlineData("007 7 7.0", "007 7", "a name beside a number")]
    [InlineData("123456789012345678901234567 123456789012345678901234568",
        "123456789012345678901234567 123456789012345678901234568", "more digits than a double has")]
    [InlineData("1234567890123456789012345678901 7 1234567890123456789012345678902",
        "7 1234567890123456789012345678901 1234567890123456789012345678902", "more digits than a decimal has")]
    [InlineData("-0.00000000000000000000000000000012 -1.3e-31 -12e-32",
        "-1.3e-31 -0.00000000000000000000000000000012", "small ones of any notation, below zero")]
    public void Labels_of_one_value_are_one_class_but_for_versions_and_names(string labels, string classes, string because)
    {
        var texts = labels.Split(' ');
        var files = texts.Select((_, i) => $"{i}.png").ToArray();
        using var data = Labelled("file,label\n" + string.Concat(texts.Select((text, i) => $"{i}.png,{text}\n")), files);
        data.Classes.Should().Equal(classes.Split(' '), because);
    }

    [Fact]
    public void Known_classes_of_one_value_are_told_apart_as_they_are_written()
    {
        PictureFiles.Write(_folder["x.png"], PictureFiles.Colours(2, 2, 0), 2, 2);
        PictureFiles.Write(_folder["y.png"], PictureFiles.Colours(2, 2, 1), 2, 2);
        File.WriteAllText(_folder["labels.csv"], "file,label\nx.png,1.10\ny.png,1.1\n");
        using var data = PictureData.Load(_folder.Folder, new() { LabelFile = "labels.csv", Classes = ["1.1", "1.2", "1.10"] });
        data.ReadLabels().Should().Equal(2, 0);
    }

    [Theory]
    [InlineData("file,class\nx.png,1", "*line 1: there is no column 'label'*file, class*")]
    [InlineData("file,label\nx.png,1\ny.png,2", "*line 3: there is no file y.png*")]
    [InlineData("file,label\nx.png,1\nx.png,2", "*line 3: x.png stands twice*")]
    [InlineData("file,label\nx.png", "*line 2: 1 fields, where the first line has 2*")]
    [InlineData("file,label\nx.png,", "*line 2: the label of x.png is missing*")]
    [InlineData("file,label\nx.png,-", "*line 2: the label of x.png is missing, '-'; leave the line out*")]
    [InlineData("file,label\nx.png,.", "*line 2: the label of x.png is missing, '.'; leave the line out*")]
    [InlineData("file,label\nx.png,na", "*line 2: the label of x.png is missing, 'na'; leave the line out*")]
    [InlineData("file,label\n\"x.png,1", "*line 2: a quote is opened and not closed*")]
    [InlineData("file,\"the\r\nlabel\",label\n\"x.png\",\"two\n\nlines\",1\ny.png,,2", "*line 6: there is no file y.png*")]
    [InlineData("file,label\nx.png,\"1\n2\ny.png,2\n", "*line 2: a quote is opened and not closed*")]
    [InlineData("file,label\n", "*no picture below the first line*")]
    [InlineData("", "*line 1: the file is empty*")]
    public void A_wrong_line_of_the_label_file_is_named(string content, string message)
    {
        PictureFiles.Write(_folder["x.png"], PictureFiles.Colours(2, 2, 0), 2, 2);
        File.WriteAllText(_folder["labels.csv"], content);
        FluentActions.Invoking(() => PictureData.Load(_folder.Folder, new() { LabelFile = "labels.csv" }))
            .Should().Throw<InvalidDataException>().WithMessage(message).Which.Message.Should().Contain("labels.csv");
    }

    // Pictures of two by two pixels, and a file of their labels.
    private PictureData Labelled(string lines, params string[] files)
    {
        foreach (var (i, file) in files.Index())
            PictureFiles.Write(_folder[file], PictureFiles.Colours(2, 2, i), 2, 2);
        File.WriteAllText(_folder["labels.csv"], lines);
        return PictureData.Load(_folder.Folder, new() { LabelFile = "labels.csv" });
    }
}
