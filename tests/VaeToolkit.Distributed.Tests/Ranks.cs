using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks of <see cref="RankProgram"/> that <c>mpirun</c> has started.</summary>
internal sealed partial class Ranks : IDisposable
{
    /// <summary>What ranks may take to start and to train, where other tests keep both processors busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = [];

    public Ranks(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What they have written so far.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>The process of each rank, once all have said which it is.</summary>
    public IReadOnlyList<int> ProcessesOf(int ranks)
    {
        SpinWait.SpinUntil(() => _process.HasExited || Said().Count == ranks, Patience);
        return Said().Should().HaveCount(ranks, string.Join('\n', _lines)).And.Subject.OrderBy(said => said.Rank)
            .Select(said => said.Process).ToList();

        // A terminal's codes may stand before it.
        List<(int Rank, int Process)> Said() => [.. Lines.Select(line => Numbers().Match(line)).Where(match => match.Success)
            .Select(match => (Number(match.Groups[1]), Number(match.Groups[2])))];

        static int Number(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits for their end; their exit code and all that they have written.</summary>
    public (int ExitCode, string Output) End()
    {
        _process.WaitForExit(Patience).Should().BeTrue("ranks end");
        _process.WaitForExit();
        return (_process.ExitCode, string.Join('\n', _lines));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    [GeneratedRegex(@"rank (\d+) is process (\d+)$")]
    private static partial Regex Numbers();

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
