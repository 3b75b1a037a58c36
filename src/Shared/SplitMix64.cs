namespace VaeToolkit;

#pragma warning disable IDE0040 // Each assembly says by itself who sees it.
/// <summary>
/// A small random generator (Steele, Lea and Flood 2014) for orders, binarisation and drawn digits. It is ours so that the same seed gives
/// the same data on every machine, device and libtorch, and so that the global generator is left alone. Each copy goes on by itself.
/// </summary>
/// <param name="state">Where the stream begins; <see cref="For"/> makes one of several numbers.</param>
partial struct SplitMix64(ulong state)
{
    private ulong _state = state;

    /// <summary>A stream that is a function of all the numbers: streams of different numbers do not resemble one another.</summary>
    public static SplitMix64 For(long seed, long first, long second = 0) =>
        new(Mix(Mix(Mix((ulong)seed) + (ulong)first) + (ulong)second));

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in 0 to bound - 1; the bias, below bound / 2^64, cannot be seen.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>Normal with mean 0 (Box and Muller).</summary>
    public double Normal(double standardDeviation) =>
        standardDeviation * Math.Sqrt(-2 * Math.Log(1 - Uniform())) * Math.Cos(2 * Math.PI * Uniform());

    /// <summary>Puts items in random order.</summary>
    public void Shuffle(Span<long> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
