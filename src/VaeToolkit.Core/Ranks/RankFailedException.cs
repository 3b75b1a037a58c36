namespace VaeToolkit.Training;

/// <summary>Another rank could not go on, so this one does not either.</summary>
/// <param name="rank">The rank that failed, from 0.</param>
/// <param name="reason">What it said.</param>
public sealed class RankFailedException(int rank, string reason)
    : InvalidOperationException(FormattableString.Invariant($"rank {rank} failed: {reason}"))
{
    /// <summary>The key under which <see cref="Exception.Data"/> of a failure says that all ranks have thrown the same.</summary>
    public const string OfAll = "VaeToolkit.OfAllRanks";

    /// <summary>The rank that failed, from 0.</summary>
    public int Rank { get; } = rank;

    /// <summary>What it said: the exception's type and message.</summary>
    public string Reason { get; } = reason;
}
