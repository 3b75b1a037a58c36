namespace VaeToolkit.Storage;

/// <summary>How many weights sizes make, counted so that it cannot overflow.</summary>
internal static class WeightCount
{
    /// <summary>
    /// The product, or −1 when it is beyond 2⁶³, which no file can hold. A size below zero counts as none: the constructor refuses it.
    /// </summary>
    internal static long Product(ReadOnlySpan<long> factors)
    {
        var product = 1L;
        foreach (var factor in factors)
        {
            if (Math.BigMul(product, Math.Max(0, factor), out var low) != 0 || low < 0)
                return -1;
            product = low;
        }
        return product;
    }
}
