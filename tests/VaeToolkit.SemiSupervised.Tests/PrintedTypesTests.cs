using VaeToolkit.Mega.Tests.Reports;

namespace VaeToolkit.SemiSupervised.Tests;

public sealed class PrintedTypesTests
{
    [Fact]
    public void All_that_is_no_option_prints_what_it_holds()
        => PrintedTypes.Bare(typeof(VaeToolkit.SemiSupervised.M2Model).Assembly).Should().BeEmpty();

    [Fact]
    public void Results_say_what_they_hold()
    {
        new GaussianBottleneck(0.5, 0.25).ToString().Should().Be("GaussianBottleneck of canonical correlations 0.5, 0.25");
    }
}
