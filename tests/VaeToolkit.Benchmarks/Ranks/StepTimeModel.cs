namespace VaeToolkit.Benchmarks.Ranks;

/// <summary>
/// The time of a training step by n ranks with b items each: fixed + b · per item + n · b · per item of all + the all-reduce of the
/// gradients and that of the loss and terms. What is fixed is the update of the weights and the calls; what grows with all items is what
/// every rank does for the whole batch, the noise above all. In seconds.
/// </summary>
/// <param name="Fixed">A step of no item.</param>
/// <param name="PerItem">An item of the rank's own.</param>
/// <param name="PerItemOfAll">An item of any rank.</param>
/// <param name="GradientBytes">Bytes of all gradients.</param>
internal sealed record StepTimeModel(double Fixed, double PerItem, double PerItemOfAll, long GradientBytes)
{
    // A rank's loss, terms and count: an ELBO has its two terms.
    private const long NumbersOfARank = 4;

    /// <summary>
    /// Through three times of a rank's own work: as one of two with a few items each, with more, and as one of many with as many.
    /// </summary>
    public static StepTimeModel Through(
        (int Items, double Seconds) few, (int Items, double Seconds) more, (int Ranks, double Seconds) ofMany, long gradientBytes)
    {
        var slope = (more.Seconds - few.Seconds) / (more.Items - few.Items);
        var ofAll = Math.Max(0, (ofMany.Seconds - more.Seconds) / ((ofMany.Ranks - 2.0) * more.Items));
        return new(few.Seconds - slope * few.Items, slope - 2 * ofAll, ofAll, gradientBytes);
    }

    /// <summary>What a rank works in a step, without the others.</summary>
    public double Work(int ranks, double itemsARank) => Fixed + itemsARank * (PerItem + ranks * PerItemOfAll);

    /// <summary>How much of this work is for the items of the others.</summary>
    public double ForOthers(int ranks, double itemsARank) => (ranks - 1) * itemsARank * PerItemOfAll / Work(ranks, itemsARank);

    /// <summary>A step.</summary>
    public double Step(int ranks, double itemsARank, RankNetwork network)
        => Work(ranks, itemsARank) + Exchange(GradientBytes, ranks, network);

    /// <summary>How much of n times one rank's throughput n ranks have, each with as many items.</summary>
    public double Efficiency(int ranks, double itemsARank, RankNetwork network)
        => Work(1, itemsARank) / Step(ranks, itemsARank, network);

    /// <summary>What the ranks of a step say to each other.</summary>
    public static double Exchange(long gradientBytes, int ranks, RankNetwork network)
        => network.AllReduce(gradientBytes, ranks) + network.AllReduce(sizeof(double) * NumbersOfARank * ranks, ranks);
}
