using System.Globalization;
using System.Text;
using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// What was known after each task: R_ts, the negative log-likelihood in nats of task s's test items after task t was learned, s ≤ t.
/// Lower is better.
/// </summary>
/// <param name="Tasks">The tasks' names.</param>
/// <param name="TestItems">Test items of each task.</param>
/// <param name="Matrix">R, a row for each task learned; row t has t + 1 figures.</param>
/// <param name="Samples">Importance samples an item: figures with other numbers do not compare.</param>
/// <param name="ProcessorSeconds">Processor time of each task's training, all threads of the process together, without evaluation.</param>
public sealed record ContinualResult(
    IReadOnlyList<string> Tasks, IReadOnlyList<long> TestItems, IReadOnlyList<IReadOnlyList<double>> Matrix, int Samples,
    IReadOnlyList<double> ProcessorSeconds)
{
    /// <summary>The mean over the test items of all tasks seen, after a task.</summary>
    /// <param name="task">The task's number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such task was learned.</exception>
    public double Overall(int task)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(task);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(task, Matrix.Count);
        return Matrix[task].Select((value, s) => value * TestItems[s]).Sum() / TestItems.Take(task + 1).Sum();
    }

    /// <summary>
    /// Mean over the earlier tasks of R_Ts − min_{t&lt;T} R_ts: how much worse each is now than at its best (Chaudhry et al. 2018,
    /// for a loss). 0 after one task.
    /// </summary>
    public double Forgetting => Earlier(s => Matrix[^1][s] - Enumerable.Range(s, Matrix.Count - 1 - s).Min(t => Matrix[t][s]));

    /// <summary>
    /// Mean over the earlier tasks of R_ss − R_Ts: above 0 where learning later tasks helped (Lopez-Paz and Ranzato 2017, for a loss).
    /// 0 after one task.
    /// </summary>
    public double BackwardTransfer => Earlier(s => Matrix[s][s] - Matrix[^1][s]);

    /// <summary>
    /// The matrix as a picture for <c>ImageGrid.Save</c>, whose scale enlarges it: a row for each task learned, a column for each task, a
    /// pixel a figure, from blue for the least to yellow for the largest; black where a task was not learned yet.
    /// </summary>
    /// <returns><c>[1, 3, T, T]</c>, values in [0, 1].</returns>
    public torch.Tensor HeatMap()
    {
        var (least, most) = (Matrix.Min(row => row.Min()), Matrix.Max(row => row.Max()));
        var (rows, columns) = (Matrix.Count, Tasks.Count);
        var pixels = new float[3 * rows * columns];
        for (var t = 0; t < rows; t++)
        {
            for (var s = 0; s <= t; s++)
            {
                var heat = most > least ? (float)((Matrix[t][s] - least) / (most - least)) : 0;
                var at = t * columns + s;
                (pixels[at], pixels[at + rows * columns], pixels[at + 2 * rows * columns]) = (heat,
                    0.15f + 0.75f * heat, 0.6f * (1 - heat));
            }
        }
        using var flat = torch.tensor(pixels, device: torch.CPU);
        return flat.reshape(1, 3, rows, columns);
    }

    /// <summary>The matrix as a table, with the overall figures in the last column.</summary>
    public override string ToString()
    {
        var table = new StringBuilder("after |").AppendJoin('|', Tasks.Select(name => $"{name,9} ")).Append("|  overall").AppendLine();
        for (var t = 0; t < Matrix.Count; t++)
        {
            var cells = Tasks.Select(
                (_, s) => s <= t ? Matrix[t][s].ToString("F2", CultureInfo.InvariantCulture).PadLeft(9) + " " : new string(' ', 10));
            table.Append(CultureInfo.InvariantCulture, $"{Tasks[t],5} |")
                .AppendJoin('|', cells).Append(CultureInfo.InvariantCulture, $"|{Overall(t),9:F2}").AppendLine();
        }
        return table.ToString();
    }

    private double Earlier(Func<int, double> figure) => Matrix.Count < 2 ? 0 : Enumerable.Range(0, Matrix.Count - 1).Average(figure);
}
