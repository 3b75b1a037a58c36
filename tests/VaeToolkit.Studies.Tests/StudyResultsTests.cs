namespace VaeToolkit.Studies.Tests;

public sealed class StudyResultsTests
{
    // Three seeds of two settings, of which the second lacks one.
    private static readonly StudyResults s_results = new(
        ["a", "b"],
        [Record("a", 1, 3), Record("a", 2, 5), Record("a", 3, 10), Record("b", 1, 2), Failed("b", 2), Record("b", 3, 7)], missing: 0);

    [Fact]
    public void Means_have_students_intervals()
    {
        var mean = s_results.Mean("a", "nll");
        // 3, 5, 10: s² = 13, and t of two degrees of freedom at 97.5 % is 4.30265 (tables).
        mean.Mean.Should().BeApproximately(6, 1e-12);
        mean.StandardError.Should().BeApproximately(Math.Sqrt(13.0 / 3), 1e-12);
        mean.Upper.Should().BeApproximately(6 + 4.302653 * Math.Sqrt(13.0 / 3), 1e-5);
        (mean.Lower + mean.Upper).Should().BeApproximately(12, 1e-9);
        mean.Runs.Should().Be(3);
    }

    [Theory] // Of one degree of freedom t = tan(π level / 2), of two level √(2 / (1 − level²)).
    [InlineData(0.95)]
    [InlineData(0.999999999)]
    [InlineData(1 - 1e-16)]
    [InlineData(1e-9)]
    public void Intervals_of_any_level_are_students(double level)
    {
        var one = new StudyEstimate(0, 1, 2, level).Upper;
        one.Should().BeApproximately(level < 0.5 ? Math.Tan(Math.PI * level / 2) : 1 / Math.Tan(Math.PI * (1 - level) / 2), one * 1e-12);
        var two = new StudyEstimate(0, 1, 3, level).Upper;
        two.Should().BeApproximately(level * Math.Sqrt(2 / ((1 - level) * (1 + level))), two * 1e-12);
    }

    [Theory] // 1, 2, 3 of any unit: s / √n = 1 / √3
    [InlineData(1e300)]
    [InlineData(1e-300)]
    [InlineData(-1e200)]
    public void Means_and_errors_go_with_the_unit(double unit)
    {
        var mean = new StudyResults(["a"], [Record("a", 1, unit), Record("a", 2, 2 * unit), Record("a", 3, 3 * unit)], missing: 0)
            .Mean("a", "nll");
        (mean.Mean / unit).Should().BeApproximately(2, 1e-14);
        (mean.StandardError / Math.Abs(unit)).Should().BeApproximately(1 / Math.Sqrt(3), 1e-14);
    }

    [Fact]
    public void Equal_figures_have_no_error()
    {
        var results = new StudyResults(["a"], [.. Enumerable.Range(1, 10).Select(seed => Record("a", seed, 0.1))], missing: 0);
        var mean = results.Mean("a", "nll");
        (mean.Mean, mean.StandardError).Should().Be((0.1, 0));
    }

    [Fact]
    public void Differences_are_taken_seed_by_seed_where_both_have_figures()
    {
        var difference = s_results.Difference("a", "b", "nll", level: 0.9);
        // 3 − 2 and 10 − 7: t of one degree of freedom at 95 % is 6.31375 (tables).
        difference.Runs.Should().Be(2);
        difference.Mean.Should().BeApproximately(2, 1e-12);
        difference.StandardError.Should().BeApproximately(1, 1e-12);
        difference.Lower.Should().BeApproximately(2 - 6.313752, 1e-5);
    }

    [Fact]
    public void One_run_has_no_interval()
    {
        var results = new StudyResults(["a"], [Record("a", 1, 3)], missing: 2);
        var mean = results.Mean("a", "nll");
        mean.StandardError.Should().Be(double.NaN);
        mean.Lower.Should().Be(double.NaN);
        mean.ToString().Should().Be("3 (one run)");
        results.Missing.Should().Be(2);
    }

    [Fact]
    public void The_table_has_means_errors_and_what_failed()
        => s_results.ToString().Should().Be(string.Join(
            Environment.NewLine, "setting  runs        nll", "a           3    6 ± 2.1", "b           2  4.5 ± 2.5",
            "failed: b, seed 2: System.Exception: bad luck"));

    [Fact]
    public void What_is_not_there_is_named()
    {
        Refused(() => s_results.Mean("c", "nll"), "there is no setting 'c'; there are a, b*");
        Refused(
            () => s_results.Mean("a", "kl"),
            "no run of 'a' has the figure 'kl'; 3 of its runs succeeded, and the study's figures are nll*");
        var apart = new StudyResults(["a", "b"], [Record("a", 1, 1), Record("b", 2, 1)], 0);
        Refused(() => apart.Difference("a", "b", "nll"), "no seed has 'nll' of both 'a' and 'b'*");
        FluentActions.Invoking(() => s_results.Mean("a", "nll", level: 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_COUNT=4", 2, 4)]
    [InlineData("OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=8", 3, 8)]
    [InlineData("PMI_RANK=0 PMI_SIZE=2", 0, 2)]
    [InlineData("SLURM_PROCID=1 SLURM_NTASKS=2", 1, 2)]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=6", 0, 6)]
    public void The_share_is_the_launchers(string variables, int index, int count)
        => StudyShare.From(Variables(variables)).Should().Be(new StudyShare(index, count));

    [Theory]
    [InlineData("PMI_RANK=2 PMI_SIZE=2", "PMI_RANK = 2 is out of range: PMI_SIZE is 2")]
    [InlineData("PMI_RANK=x PMI_SIZE=2", "PMI_RANK is 'x'; it must be a number")]
    public void A_share_that_is_none_is_refused(string variables, string message)
        => FluentActions.Invoking(() => StudyShare.From(Variables(variables)))
            .Should().Throw<InvalidOperationException>().WithMessage(message);

    [Fact]
    public void A_record_is_a_line_of_figures_or_of_why_it_failed()
    {
        Record("a", 3, 10.25).ToString().Should().Be("a, seed 3, 1.0 s: nll 10.25");
        (Record("a", -3, 1.0 / 3) with { Figures = new Dictionary<string, double> { ["nll"] = 1.0 / 3, ["rate"] = double.NaN } })
            .ToString().Should().Be("a, seed -3, 1.0 s: nll 0.333333, rate NaN");
        Failed("b", 2).ToString().Should().Be("b, seed 2, 1.0 s: failed: System.Exception: bad luck");
        (Record("a", 1, 1) with { Figures = new Dictionary<string, double>() }).ToString().Should().Be("a, seed 1, 1.0 s: no figures");
    }

    private static Func<string, string?> Variables(string text)
    {
        var variables = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return name => variables.GetValueOrDefault(name);
    }

    private static void Refused(Action action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    private static StudyRecord Record(string setting, long seed, double value)
        => new(setting, seed, setting, new Dictionary<string, double> { ["nll"] = value }, null, 1);

    private static StudyRecord Failed(string setting, long seed)
        => new(setting, seed, setting, new Dictionary<string, double>(), "System.Exception: bad luck\n   at a place", 1);

    [Fact]
    public void A_settings_progress_is_a_line()
        => new StudyProgressRow("a", 3, 1, 0, 4).ToString().Should().Be("a: 3 done, 1 failed, 0 running, 4 waiting");
}
