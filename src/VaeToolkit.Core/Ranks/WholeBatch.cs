using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// What an objective has to know of a batch whose items are divided over ranks: only the ranks' own items come to
/// <see cref="Objective{TModel}.Compute"/>. A loss that is a mean of its items' own needs none of this. Where a batch is not divided, a
/// mean over a rank's items is the mean over the batch.
/// </summary>
public static class WholeBatch
{
    [ThreadStatic]
    private static Division? s_division;

    [ThreadStatic]
    private static double s_secondsWaited;

    /// <summary>Seconds that this thread has waited for other ranks within objectives, so far.</summary>
    internal static double SecondsWaited => s_secondsWaited;

    /// <summary>Adds up numbers of all ranks within an objective.</summary>
    internal static void AddUp(IExchange exchange, Span<double> numbers)
    {
        var start = Stopwatch.GetTimestamp();
        exchange.AllReduce(numbers);
        s_secondsWaited += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// The mean over the whole batch, given the mean over this rank's items, for what is not linear in it: a floor, a distance to a target.
    /// The gradient goes on to this rank's items; those of all ranks add up to the whole batch's.
    /// </summary>
    /// <param name="mean">The mean over this rank's items, of any shape that all ranks have.</param>
    public static torch.Tensor Mean(torch.Tensor mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        return s_division is { Exchange: { } exchange } division ? division.Mean(mean, exchange) : mean;
    }

    /// <summary>
    /// The sum over the whole batch, given the sum over this rank's items, for what is not linear in it, such as a ratio of sums; and for
    /// a sum that is to be a part of the loss.
    /// </summary>
    /// <param name="sum">The sum over this rank's items, of any shape that all ranks have.</param>
    public static torch.Tensor Sum(torch.Tensor sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        return s_division is { Exchange: { } exchange } division ? division.Whole(sum, part: division.Count == 0 ? 0 : 1, exchange) : sum;
    }

    /// <summary>
    /// Picks some of the batch's items, such as those that have a label: until it is disposed, means are over these of all ranks, and noise
    /// is drawn for these. An objective that picks has to go through with its computing on all ranks where there are any in
    /// <see cref="ItemSubset.Total"/>, on a placeholder where it has none itself: <see cref="Mean"/> gives that no weight.
    /// </summary>
    /// <param name="count">How many of this rank's items are picked, in order.</param>
    public static ItemSubset Pick(long count) => new(count, s_division);

    /// <summary>The weight of this rank's loss, its share of the batch's items; 1 where it is not divided.</summary>
    internal static double Share => s_division?.Share ?? 1;

    /// <summary>Begins a step of this rank.</summary>
    /// <param name="rows">This rank's items among all.</param>
    /// <param name="counts">Whether they count; false where a rank without an item of its own takes a placeholder.</param>
    /// <param name="exchange">Where means are taken; null takes the rank's own, for a trial.</param>
    internal static IDisposable Divide(ItemRows rows, bool counts, IExchange? exchange)
        => new Divided(new(exchange, counts ? rows.Count : 0, rows.Total, counts ? (double)rows.Count / rows.Total : 0), rows);

    internal sealed record Division(IExchange? Exchange, long Count, long Total, double Share)
    {
        // The loss is weighed by the rank's share of the batch, and the mean's gradient is to have the share of what it is a mean over.
        internal torch.Tensor Mean(torch.Tensor mean, IExchange exchange) => Whole(mean, Total == 0 ? 0 : (double)Count / Total, exchange);

        // Σ over ranks of part · value, through which the gradient goes on to this rank's.
        internal torch.Tensor Whole(torch.Tensor value, double part, IExchange exchange)
        {
            var own = value.detach();
            var whole = Sum(part == 0 ? torch.zeros_like(own) : own * part, exchange);
            if (part == 0)
                return whole;
            var passing = part == Share ? value : value * (part / Share);
            return passing + (whole - passing.detach());
        }

        private static torch.Tensor Sum(torch.Tensor values, IExchange exchange)
        {
            using var scope = torch.NewDisposeScope();
            var numbers = values.to(torch.float64).cpu().reshape(-1).data<double>().ToArray();
            AddUp(exchange, numbers);
            return torch.tensor(numbers, values.dtype, values.device).reshape(values.shape).MoveToOuterDisposeScope();
        }
    }

    private sealed class Divided : IDisposable
    {
        private readonly Division? _before = s_division;
        private readonly IDisposable _rows;

        internal Divided(Division division, ItemRows rows)
        {
            s_division = division;
            _rows = NoiseSource.Divide(rows);
        }

        public void Dispose()
        {
            _rows.Dispose();
            s_division = _before;
        }
    }

    /// <summary>Puts another division in place; returns what puts the present one back.</summary>
    internal static IDisposable Use(Division division, ItemRows rows) => new Divided(division, rows);
}
