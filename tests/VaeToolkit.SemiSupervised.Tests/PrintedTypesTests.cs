using VaeToolkit.Mega.Tests.Reports;

namespace VaeToolkit.SemiSupervised.Tests;

public sealed class PrintedTypesTests
{
    [Fact]
    public void All_that_is_no_option_prints_what_it_holds()
        => PrintedTypes.Bare(typeof(VaeToolkit.SemiSupervised.Models.M2Model).Assembly).Should().BeEmpty();
}
