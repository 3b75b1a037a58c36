using System.Diagnostics;
using MathNet.Numerics.Statistics;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>
/// The steps of a training as it is told of them: stops it once enough are timed. An epoch's first step is left out, for what comes before
/// it is not a step's.
/// </summary>
internal sealed class TrainedSteps : ITrainingCallback<Vae>, IProgress<StepResult>, IDisposable
{
    private const double WarmUpSeconds = 3;
    private const double TimedSeconds = 2;

    private readonly CancellationTokenSource _enough = new();
    private readonly Stopwatch _all = Stopwatch.StartNew();
    private readonly List<double> _times = [];
    private long _last;
    private bool _isWarm;

    /// <summary>Stops the training.</summary>
    public CancellationToken Enough => _enough.Token;

    /// <summary>How many are timed.</summary>
    public int Count => _times.Count;

    /// <summary>Milliseconds of a step, the median.</summary>
    public double Milliseconds => _times.Median();

    public void StepEnded(Vae model, StepResult result) => Report(result);

    public void EpochEnded(Vae model, EpochSummary summary) => _last = 0;

    public void Report(StepResult value)
    {
        var now = Stopwatch.GetTimestamp();
        if (_last > 0)
            _times.Add(Stopwatch.GetElapsedTime(_last, now).TotalMilliseconds);
        _last = now;
        if (!PartClock.AreEnough(_times.Count, _all.Elapsed.TotalSeconds, _isWarm ? TimedSeconds : WarmUpSeconds))
            return;
        if (_isWarm)
        {
            _enough.Cancel();
            return;
        }
        _isWarm = true;
        _times.Clear();
        _all.Restart();
    }

    public void Dispose() => _enough.Dispose();
}
