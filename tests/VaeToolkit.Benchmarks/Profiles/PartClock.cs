using System.Diagnostics;
using MathNet.Numerics.Statistics;
using TorchSharp;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>
/// Medians of how long something takes, alone: by the caller with all of torch's threads, or by two members side by side with half of them
/// each, as training computes a batch in halves.
/// </summary>
/// <param name="members">1 or 2.</param>
internal sealed class PartClock(int members)
{
    // .NET compiles what runs often a second time, a little later.
    private const double WarmUpSeconds = 0.5;
    private const double TimedSeconds = 1.5;
    private const int FewestCalls = 5;

    /// <summary>How many compute side by side.</summary>
    public int Members => members;

    /// <summary>Whether so many calls, in at least so many seconds, are enough.</summary>
    public static bool AreEnough(int calls, double seconds, double leastSeconds) => calls >= FewestCalls && seconds >= leastSeconds;

    /// <summary>Milliseconds of an action, by the caller alone.</summary>
    public static double Alone(Action action) => Median(action);

    /// <summary>Milliseconds until all members have done theirs.</summary>
    /// <param name="make">Makes a member's action, for 0 and 1.</param>
    public double Together(Func<int, Action> make)
    {
        Action[] actions = [.. Enumerable.Range(0, members).Select(make)];
        return members == 1 ? Median(actions[0]) : SideBySide(actions[0], actions[1]);
    }

    private static double SideBySide(Action own, Action others)
    {
        var (threads, ended) = (torch.get_num_threads(), false);
        using var meeting = new Barrier(2);
        var other = new Thread(() =>
        {
            torch.set_num_threads(Math.Max(1, threads / 2));
            while (Meet())
            {
                others();
                meeting.SignalAndWait();
            }
        })
        { IsBackground = true };
        other.Start();
        torch.set_num_threads(Math.Max(1, threads / 2));
        var time = Median(
            () =>
            {
                Meet();
                own();
                meeting.SignalAndWait();
            });
        Volatile.Write(ref ended, true);
        meeting.SignalAndWait();
        other.Join();
        torch.set_num_threads(threads);
        return time;

        bool Meet()
        {
            meeting.SignalAndWait();
            return !Volatile.Read(ref ended);
        }
    }

    private static double Median(Action action)
    {
        _ = Timed(action, WarmUpSeconds);
        return Timed(action, TimedSeconds).Median();
    }

    private static List<double> Timed(Action action, double leastSeconds)
    {
        var (all, times) = (Stopwatch.StartNew(), new List<double>());
        while (!AreEnough(times.Count, all.Elapsed.TotalSeconds, leastSeconds))
        {
            var clock = Stopwatch.StartNew();
            action();
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        return times;
    }
}
