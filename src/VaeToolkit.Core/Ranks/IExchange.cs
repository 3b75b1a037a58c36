namespace VaeToolkit.Training;

/// <summary>
/// Ranks that train one model together, each a process of its own as a rule, and what they say to each other: the collectives of MPI. All
/// ranks make the same calls in the same order, each on the thread on which it trains or evaluates. <c>VaeToolkit.Distributed</c> has
/// implementations.
/// </summary>
public interface IExchange
{
    /// <summary>This rank, from 0.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are, at least 1.</summary>
    int Size { get; }

    /// <summary>Puts the sum over all ranks in place of every value; all ranks get the same bits.</summary>
    /// <param name="values">As many on every rank.</param>
    void AllReduce(Span<float> values);

    /// <summary>Puts the sum over all ranks in place of every value; all ranks get the same bits.</summary>
    /// <param name="values">As many on every rank.</param>
    void AllReduce(Span<double> values);

    /// <summary>Puts one rank's bytes in place of the others'.</summary>
    /// <param name="values">As many on every rank.</param>
    /// <param name="root">The rank whose bytes they are.</param>
    void Broadcast(Span<byte> values, int root);

    /// <summary>Returns when all ranks have called it.</summary>
    void Barrier();

    /// <summary>
    /// Ends all ranks, in the middle of whatever they do, since this one cannot go on. An implementation whose ranks are processes ends
    /// this one too and does not return.
    /// </summary>
    /// <param name="message">Why, as it is shown with the rank's number.</param>
    void Abort(string message);
}
