using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// The learning rates of ranks. A schedule keeps to itself what it will do, so it is known by its type and its first rates before training,
/// and by the rates that it has come to at an epoch's end.
/// </summary>
internal static class RankRates
{
    // As two processors' functions may round them.
    private const double Rounding = 1e-9;

    /// <summary>A schedule in words.</summary>
    internal static string Describe(torch.optim.lr_scheduler.LRScheduler? schedule, torch.optim.Optimizer optimizer)
        => schedule is null ? OptionText.Of(null) : $"{schedule.GetType().Name} from " + string.Join(
            ", ", Of(optimizer).Select(rate => rate.ToString("G9", CultureInfo.InvariantCulture)));

    /// <summary>Requires that all ranks go on with the same.</summary>
    /// <exception cref="InvalidOperationException">On all ranks: which has another.</exception>
    internal static void Require(RankGroup group, torch.optim.Optimizer optimizer, string when)
    {
        var own = Of(optimizer);
        var all = group.Gather(own);
        for (var i = own.Length; i < all.Length; i++)
        {
            var first = all[i % own.Length];
            // Not the other way round, in which no number is like every other.
            if (!(Math.Abs(all[i] - first) <= Rounding * Math.Abs(first)))
            {
                throw RankGroup.OfAll(new InvalidOperationException(FormattableString.Invariant(
                    $"{when} rank {i / own.Length} goes on with the learning rate {all[i]}, rank 0 with {first}: its ")
                    + $"{nameof(TrainingOptions.LearningRateSchedule)} is another; give all ranks the same"));
            }
        }
    }

    private static double[] Of(torch.optim.Optimizer optimizer) => [.. optimizer.ParamGroups.Select(group => group.LearningRate)];
}
