using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class SeedScopeTests
{
    [Fact]
    public void The_same_seed_draws_the_same_numbers()
    {
        Draw(7).Should().Equal(Draw(7));
        Draw(7).Should().NotEqual(Draw(8));
    }

    [Fact]
    public void The_generator_goes_on_where_it_was()
    {
        torch.manual_seed(3).Dispose();
        float[] undisturbed = [.. Numbers(), .. Numbers()];
        torch.manual_seed(3).Dispose();
        var first = Numbers();
        Draw(99);
        float[] disturbed = [.. first, .. Numbers()];

        disturbed.Should().Equal(undisturbed);
    }

    [Fact]
    public void Scopes_nest_and_disposing_twice_does_nothing()
    {
        using var outer = SeedScope.Begin(1);
        var expected = Numbers();
        var inner = SeedScope.Begin(1);
        Numbers().Should().Equal(expected);
        inner.Dispose();
        var after = Numbers();
        inner.Dispose();
        Numbers().Should().NotEqual(after);
    }

    [Fact]
    public void It_leaves_no_tensor_behind()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Draw(1);
        using (torch.NewDisposeScope())
            Draw(1);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    private static float[] Draw(long seed)
    {
        using var scope = SeedScope.Begin(seed);
        return Numbers();
    }

    private static float[] Numbers()
    {
        using var numbers = torch.randn([5]);
        return numbers.data<float>().ToArray();
    }
}
