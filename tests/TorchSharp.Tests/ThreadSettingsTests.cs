using System.Diagnostics;

namespace TorchSharp.Tests;

/// <summary>
/// The stand-in loads libtorch with GOMP_SPINCOUNT=0 in effect unless the user has said otherwise. Each case is a process of its own,
/// since libgomp reads its settings once, when it is loaded.
/// </summary>
public sealed class ThreadSettingsTests
{
    [Theory]
    [InlineData(null, null, "0")]
    [InlineData("5", null, "5")]
    [InlineData(null, "active", "")]
    public void Workers_do_not_spin_unless_the_user_says_so(string? spins, string? policy, string expected)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(ThreadSettingsTests).Assembly.Location);
        Set(start, "GOMP_SPINCOUNT", spins);
        Set(start, "OMP_WAIT_POLICY", policy);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.Trim().Should().Be($"{expected} 2".Trim());
        process.ExitCode.Should().Be(0);
    }

    [Fact]
    public void The_number_of_threads_can_be_read_and_set()
    {
        using var tensor = ones(1);
        var before = get_num_threads();
        set_num_threads(1);
        get_num_threads().Should().Be(1);
        set_num_threads(before);
        get_num_threads().Should().Be(before);
    }

    private static void Set(ProcessStartInfo start, string name, string? value)
    {
        start.Environment.Remove(name);
        if (value is not null)
            start.Environment[name] = value;
    }
}
