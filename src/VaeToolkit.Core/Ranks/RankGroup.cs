using System.Text;

namespace VaeToolkit.Training;

/// <summary>What several ranks agree on, built from the collectives of an <see cref="IExchange"/>.</summary>
internal sealed class RankGroup
{
    // A key of Exception.Data: the other ranks know of it.
    private const string Told = "VaeToolkit.ToldToRanks";

    // What a rank says of its failure where its work was cancelled.
    private const string Cancelled = "it was cancelled";

    private RankGroup(IExchange exchange) => Exchange = exchange;

    internal IExchange Exchange { get; }

    internal int Rank => Exchange.Rank;

    internal int Size => Exchange.Size;

    internal bool IsFirst => Rank == 0;

    /// <summary>The group of an exchange; null where there is one rank only, which has nothing to agree on.</summary>
    internal static RankGroup? Of(IExchange? exchange) => exchange is { Size: > 1 } ? new(exchange) : null;

    /// <summary>Runs something that ranks do each for itself, and goes on only where it went well on all of them.</summary>
    /// <exception cref="RankFailedException">It failed on another rank; where it failed on this one, its own exception.</exception>
    internal static void Agree(RankGroup? group, Action action)
    {
        if (group is null)
            action();
        else
            group.Agree(action);
    }

    /// <summary>Runs what ranks do together. Where it throws on one rank, the others end too.</summary>
    internal static T Together<T>(IExchange? exchange, Func<RankGroup?, T> run)
    {
        var group = Of(exchange);
        try
        {
            return run(group);
        }
        catch (Exception failure) when (group is not null)
        {
            group.Abandon(failure);
            throw;
        }
    }

    /// <summary>Whether something holds on any rank.</summary>
    internal bool Any(bool holds) => Gather(holds ? 1 : 0).Contains(1);

    /// <summary>One number of every rank.</summary>
    internal double[] Gather(double number) => Gather([number]);

    /// <summary>Numbers of every rank, as many of each, one rank after the other.</summary>
    internal double[] Gather(ReadOnlySpan<double> numbers)
    {
        var all = new double[numbers.Length * Size];
        numbers.CopyTo(all.AsSpan(numbers.Length * Rank));
        Exchange.AllReduce(all);
        return all;
    }

    /// <summary>Bytes of one rank, on all; the others give none.</summary>
    internal byte[] Broadcast(byte[]? bytes, int root = 0)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BitConverter.TryWriteBytes(length, (bytes ?? []).LongLength);
        Exchange.Broadcast(length, root);
        var all = Rank == root ? bytes! : new byte[BitConverter.ToInt64(length)];
        if (all.Length > 0)
            Exchange.Broadcast(all, root);
        return all;
    }

    /// <summary>A text of every rank for which there is one; null where there is none at all.</summary>
    internal IReadOnlyList<(int Rank, string Text)>? Texts(string? own)
    {
        var speakers = Gather(own is null ? 0 : 1);
        if (!speakers.Contains(1))
            return null;
        return [.. Enumerable.Range(0, Size).Where(rank => speakers[rank] == 1).Select(
            rank => (rank, Encoding.UTF8.GetString(Broadcast(rank == Rank ? Encoding.UTF8.GetBytes(own!) : null, rank))))];
    }

    /// <summary>Throws on all ranks what failed on some: where it was cancelled on one, all are.</summary>
    internal void Raise(Exception? own)
    {
        if (Texts(own is null ? null : Describe(own)) is not [var (rank, reason), ..])
            return;
        var failure = own ?? (reason == Cancelled ? new OperationCanceledException() : new RankFailedException(rank, reason));
        failure.Data[Told] = true;
        // What else has gone wrong on this rank, the others do not throw.
        throw reason == Cancelled && failure is OperationCanceledException ? OfAll(failure) : failure;
    }

    /// <summary>Notes that all ranks throw this exception, as those do that follow from what all of them know.</summary>
    internal static Exception OfAll(Exception failure)
    {
        failure.Data[RankFailedException.OfAll] = true;
        return failure;
    }

    /// <summary>Runs what throws on all ranks where it throws on one, since it goes by what all of them know.</summary>
    internal static void OnAll(Action check)
    {
        try
        {
            check();
        }
        catch (Exception failure)
        {
            throw OfAll(failure);
        }
    }

    /// <summary>Ends the other ranks for an exception that they do not know of.</summary>
    internal void Abandon(Exception failure)
    {
        if (!failure.Data.Contains(Told) && !failure.Data.Contains(RankFailedException.OfAll) && failure is not RankFailedException)
            Exchange.Abort(Describe(failure));
    }

    private void Agree(Action action)
    {
        Exception? failure = null;
        try
        {
            action();
        }
        catch (Exception e)
        {
            failure = e;
        }
        Raise(failure);
    }

    private static string Describe(Exception failure)
        => failure is OperationCanceledException ? Cancelled : $"{failure.GetType().Name}: {EngineError.MessageOf(failure)}";
}
