namespace VaeToolkit.Mega.Tests.Reports;

public sealed class PrintedTypesTests
{
    [Fact]
    public void All_that_is_no_option_prints_what_it_holds()
        => PrintedTypes.Bare(typeof(VaeToolkit.Mega.MomentGap).Assembly).Should().BeEmpty();
}
