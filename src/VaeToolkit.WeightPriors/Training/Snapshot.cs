using System.Globalization;

namespace VaeToolkit.WeightPriors;

/// <summary>A source network's weights at the end of a cycle of the learning rate.</summary>
/// <param name="Network">The network's number, from 0.</param>
/// <param name="Cycle">The cycle's number, from 0.</param>
/// <param name="Seed">The seed of the network's start, bootstrap sample and training.</param>
/// <param name="File">The file's name within the set's folder.</param>
/// <param name="OutOfBagDice">The mean Dice coefficient of the volumes that the bootstrap sample left out;
/// null when it left out none.</param>
public sealed record Snapshot(int Network, int Cycle, long Seed, string File, double? OutOfBagDice)
{
    /// <summary>Network, cycle, seed, score and file in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"network {Network}, cycle {Cycle}, seed {Seed}, out-of-bag Dice ")
        + $"{OutOfBagDice?.ToString("F3", CultureInfo.InvariantCulture) ?? "none"}, {File}";
}
