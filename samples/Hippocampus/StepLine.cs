using System.Diagnostics;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>A line on the console for every fifth of the training.</summary>
internal sealed class StepLine(int steps) : IProgress<StepResult>
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public void Report(StepResult value)
    {
        var done = value.Index + 1;
        if (done * 5 / steps > value.Index * 5 / steps)
            Console.WriteLine(
                FormattableString.Invariant($"step {done} of {steps}: loss {value.Loss:F3} ({_clock.Elapsed.TotalSeconds:F0} s)"));
    }
}
