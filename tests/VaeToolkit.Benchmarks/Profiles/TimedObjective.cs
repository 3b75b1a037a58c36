using System.Diagnostics;
using MathNet.Numerics.Statistics;
using TorchSharp.Modules;
using VaeToolkit.Training;
using static TorchSharp.torch;

namespace VaeToolkit.Benchmarks.Profiles;

/// <summary>
/// An objective and its Adam in a training, which time what the training has them do: the parts are those of its own steps.
/// </summary>
/// <param name="inner">The objective.</param>
internal sealed class TimedObjective(Objective<Vae> inner) : Objective<Vae>
{
    private readonly Lock _turn = new();
    private readonly List<(double Forward, double ForwardBackward, double Adam)> _steps = [];
    private long _start;
    private double _slowest;

    /// <inheritdoc/>
    public override bool IsMeanOverItems => inner.IsMeanOverItems;

    /// <inheritdoc/>
    public override bool IsBackpropagatedByTheLoop => inner.IsBackpropagatedByTheLoop;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        var start = Stopwatch.GetTimestamp();
        var result = inner.Compute(model, batch);
        // Two halves come here side by side; the step waits for the slower.
        lock (_turn)
            _slowest = Math.Max(_slowest, Since(start));
        return result;
    }

    /// <summary>The optimiser that the training shall have.</summary>
    /// <param name="parameters">What it trains.</param>
    public optim.Optimizer Optimizer(IEnumerable<Parameter> parameters) => new TimedAdam(this, parameters);

    /// <summary>Medians of the latest steps in milliseconds.</summary>
    /// <param name="count">How many.</param>
    public (double Forward, double ForwardBackward, double Adam) Medians(int count)
    {
        var latest = _steps.TakeLast(count).ToArray();
        return (latest.Select(step => step.Forward).Median(), latest.Select(step => step.ForwardBackward).Median(),
            latest.Select(step => step.Adam).Median());
    }

    private static double Since(long start) => Stopwatch.GetElapsedTime(start).TotalMilliseconds;

    // A step of the trainer drops the gradients first, and updates the parameters last.
    private sealed class TimedAdam(TimedObjective owner, IEnumerable<Parameter> trained) : optim.Optimizer(IntPtr.Zero)
    {
        private readonly FusedAdam _inner = new(trained, 5e-4);

        public override IEnumerable<optim.ILearningRateController> ParamGroups => _inner.ParamGroups;

        public override IEnumerable<Parameter> parameters() => _inner.parameters();

        public override void zero_grad()
        {
            (owner._start, owner._slowest) = (Stopwatch.GetTimestamp(), 0);
            _inner.zero_grad();
        }

        public override Tensor step(Func<Tensor>? closure = null)
        {
            var untilUpdate = Since(owner._start);
            var start = Stopwatch.GetTimestamp();
            var loss = _inner.step(closure);
            owner._steps.Add((owner._slowest, untilUpdate, Since(start)));
            return loss;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
                _inner.Dispose();
        }
    }
}
