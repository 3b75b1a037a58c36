namespace VaeToolkit.Boosting.Tests.Continual;

public sealed class ContinualResultTests
{
    private readonly ContinualResult _result = new(["0", "1", "2"], [10, 30, 60], [[100], [180, 50], [150, 70, 90]], 200, [1, 2, 3]);

    [Fact]
    public void Means_are_over_items_and_forgetting_and_transfer_over_earlier_tasks()
    {
        _result.Overall(0).Should().Be(100);
        _result.Overall(1).Should().Be((180 * 10 + 50 * 30) / 40.0);
        _result.Overall(2).Should().Be((150 * 10 + 70 * 30 + 90 * 60) / 100.0);
        _result.Forgetting.Should().Be(((150 - 100) + (70 - 50)) / 2.0);
        _result.BackwardTransfer.Should().Be(((100 - 150) + (50 - 70)) / 2.0);
        var better = _result with { Matrix = [[100], [90, 50], [95, 40, 90]] };
        better.Forgetting.Should().Be(((95 - 90) + (40 - 50)) / 2.0, "against the best before, which need not be the first");
        better.BackwardTransfer.Should().Be((5 + 10) / 2.0);
        var one = _result with { Matrix = [[100]] };
        (one.Forgetting, one.BackwardTransfer).Should().Be((0, 0));
        FluentActions.Invoking(() => one.Overall(1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_table_has_a_row_a_task_and_the_overall_figures()
    {
        var lines = _result.ToString().Split(Environment.NewLine);
        lines[2].Should().MatchRegex(@"1 \| *180\.00 \| *50\.00 \| +\| *82\.50$");
        lines[3].Should().MatchRegex(@"2 \| *150\.00 \| *70\.00 \| *90\.00 \| *90\.00$");
    }

    [Fact]
    public void The_heat_map_goes_from_blue_to_yellow_and_is_black_where_nothing_was_learned()
    {
        using var map = _result.HeatMap();
        map.shape.Should().Equal(1, 3, 3, 3);
        var pixels = map.Values();
        double[] At(int t, int s) => [pixels[t * 3 + s], pixels[9 + t * 3 + s], pixels[18 + t * 3 + s]];
        At(0, 1).Should().Equal(0, 0, 0);
        At(1, 0).Should().Equal([1, 0.9, 0], (one, other) => Math.Abs(one - other) < 1e-6);
        At(1, 1).Should().Equal([0, 0.15, 0.6], (one, other) => Math.Abs(one - other) < 1e-6);
        At(2, 0)[0].Should().BeApproximately((150 - 50) / 130.0, 1e-6);
    }
}
