using System.Globalization;
using System.Text;

namespace VaeToolkit.Training;

/// <summary>
/// Shows training on the console: one line that is drawn over (bar, rate, time left, current terms), or, where the output goes to a file
/// or a pipe, one plain line an epoch. It writes on the training thread, at once.
/// </summary>
public sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    private const int BarWidth = 20;

    private readonly TextWriter _writer;
    private readonly bool _redraws;
    private readonly int _width;
    private int _drawn;

    /// <summary>Writes to the standard error stream, so that results on the standard output stay on their own.</summary>
    public ConsoleProgress()
        : this(Console.Error, !Console.IsErrorRedirected, Console.IsErrorRedirected ? int.MaxValue : ConsoleWidth())
    {
    }

    /// <summary>Writes elsewhere.</summary>
    /// <param name="writer">Where to; it is not disposed.</param>
    /// <param name="redraws">Whether one line is drawn over, or plain lines are written.</param>
    /// <param name="width">Characters that a line may have when it is drawn over, at least 1.</param>
    public ConsoleProgress(TextWriter writer, bool redraws, int width = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (_writer, _redraws, _width) = (writer, redraws, width);
    }

    /// <summary>Shows where the run stands.</summary>
    /// <param name="value">The run's progress.</param>
    public void Report(TrainingProgress value)
    {
        if (_redraws)
            Redraw(value);
        else if (value.Finished is { } summary)
            _writer.WriteLine(FormattableString.Invariant($"epoch {value.Epoch}/{value.Epochs}: {summary.Describe()}"));
    }

    /// <summary>
    /// The line that is drawn, such as <c>epoch 3/20 [#######.............] 210 steps/s, 1:05 left, loss 101.23, kl 20.10</c>.
    /// </summary>
    internal static string Line(TrainingProgress value)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"epoch {value.Epoch}/{value.Epochs} ");
        var filled = (int)(BarWidth * Math.Clamp((double)value.Step / value.StepsPerEpoch, 0, 1));
        text.Append('[').Append('#', filled).Append('.', BarWidth - filled).Append("] ").Append(value.Figures());
        return text.ToString();
    }

    private void Redraw(TrainingProgress value)
    {
        var line = Line(value);
        line = line.Length <= _width ? line : line[.._width];
        _writer.Write('\r');
        _writer.Write(line.PadRight(_drawn));
        _drawn = line.Length;
        if (value.Stopped is null)
            return;
        _writer.WriteLine();
        _drawn = 0;
    }

    // A line that reached the last column would wrap, and drawing over it would leave its first half where it was.
    private static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth > 1 ? Console.WindowWidth - 1 : int.MaxValue;
        }
        catch (IOException)
        {
            return int.MaxValue;
        }
    }
}
