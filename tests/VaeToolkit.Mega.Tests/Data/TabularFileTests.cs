using TorchSharp;
using VaeToolkit.Mega.Data;

namespace VaeToolkit.Mega.Tests.Data;

public sealed class TabularFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Numbers_and_labels_are_read_in_order()
    {
        var table = Read("a,b,label\n1,2.5,0\n-3e2,4,2\n");
        table.Values.Cast<double>().Should().Equal(1, 2.5, -300, 4);
        table.Labels.Should().Equal(0, 2);
        using var rows = table.ToTensor();
        rows.shape.Should().Equal(2, 2);
        rows.dtype.Should().Be(torch.float64);
    }

    [Fact]
    public void Whole_labels_may_be_written_as_floating_point_numbers() => Read("a,label\n1,2.0\n1,-1e1\n").Labels.Should().Equal(2, -10);

    [Fact]
    public void A_table_without_labels_has_none() => Read("a,b\n1,2\n").Labels.Should().BeNull();

    [Theory]
    [InlineData("a,b\n1,2\n3\n", "*(3): 1 fields where the header has 2")]
    [InlineData("a,b\n1,2,3\n", "*(2): 3 fields where the header has 2")]
    [InlineData("a,b\n1,x\n", "*(2,2): 'x' is not a finite number")]
    [InlineData("a,b\n1,2\nNaN,2\n", "*(3,1): 'NaN' is not a finite number")]
    [InlineData("a,b,label\n1,2,\n", "*(2,3): '' is not a finite number")]
    [InlineData("a,label\n1,0\n1,1.7\n", "*(3,2): the label '1.7' is not a whole number from -2147483648 to 2147483647")]
    [InlineData("a,label\n1,3000000000\n", "*(2,2): the label '3000000000' is not a whole number*")]
    [InlineData("a,b\n", "*has 1 line(s)*")]
    public void A_bad_file_is_refused_by_line_and_column(string text, string message)
        => FluentActions.Invoking(() => Read(text))
            .Should().Throw<FormatException>().WithMessage(message).Which.Message.Should().StartWith(_path);

    private TabularFile Read(string text)
    {
        File.WriteAllText(_path, text);
        return TabularFile.Read(_path);
    }
}
