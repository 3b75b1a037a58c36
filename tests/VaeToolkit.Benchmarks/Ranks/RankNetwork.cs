namespace VaeToolkit.Benchmarks.Ranks;

/// <summary>
/// What it takes ranks to add up a buffer: a latency for every message, and two times per byte. Open MPI's choice of algorithm (versions
/// 4.1 and 5, <c>coll_tuned_decision_fixed.c</c>) comes to two: recursive doubling for what is small, in which all exchange everything
/// log2 n times, and Rabenseifner's for the rest, in which halves, quarters, … are exchanged and added, and then collected again.
/// (What two ranks do with some sizes between, a ring, costs the same.)
/// </summary>
/// <param name="Latency">Seconds that a message takes, however short.</param>
/// <param name="SecondsPerByte">Of the network: what it takes the last byte to come after the first.</param>
/// <param name="HostSecondsPerByte">Of the rank itself, which copies and adds what comes.</param>
internal sealed record RankNetwork(double Latency, double SecondsPerByte, double HostSecondsPerByte = 0)
{
    // Of what goes over Ethernet's wire with 1500 bytes a packet, the rest is headers and gaps: 1448 of 1538 bytes.
    private const double Payload = 1448.0 / 1538;
    private const long SmallBytes = 8192;

    /// <summary>An Ethernet of so many gigabits per second.</summary>
    public static RankNetwork OfGigabits(double gigabits, double latency, double hostSecondsPerByte)
        => new(latency, 8e-9 / gigabits / Payload, hostSecondsPerByte);

    /// <summary>Seconds until all ranks have the sum of all.</summary>
    public double AllReduce(long bytes, int ranks)
    {
        if (ranks == 1)
            return 0;
        var perByte = SecondsPerByte + HostSecondsPerByte;
        var rounds = Math.Floor(Math.Log2(ranks));
        var power = 1 << (int)rounds;
        // Those beyond a power of two hand theirs to a neighbour first, and get the sum at the end.
        var beyond = power == ranks ? 0 : 2 * (Latency + bytes * perByte);
        return beyond + (bytes < SmallBytes ? rounds * (Latency + bytes * perByte)
            : 2 * (rounds * Latency + bytes * perByte * (power - 1) / power));
    }
}
