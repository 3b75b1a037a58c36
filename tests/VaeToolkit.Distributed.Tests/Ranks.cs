using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks of <see cref="RankProgram"/> that <c>mpirun</c> has started.</summary>
internal sealed class Ranks : IDisposable
{
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

    /// <summary>The processes of the ranks, once each has said which it is.</summary>
    public IReadOnlyList<int> ProcessesOf(int ranks)
    {
        SpinWait.SpinUntil(() => _process.HasExited || Said().Count == ranks, TimeSpan.FromMinutes(1));
        return Said();

        // A terminal's codes may stand before it.
        List<int> Said() => [.. Lines.Select(line => line.Split("process ")).Where(parts => parts.Length == 2)
            .Select(parts => int.Parse(parts[1], CultureInfo.InvariantCulture))];
    }

    /// <summary>Waits for their end; their exit code and all that they have written.</summary>
    public (int ExitCode, string Output) End()
    {
        _process.WaitForExit(TimeSpan.FromMinutes(2)).Should().BeTrue("ranks end");
        _process.WaitForExit();
        return (_process.ExitCode, string.Join('\n', _lines));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
