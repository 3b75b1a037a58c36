using TorchSharp;

namespace VaeToolkit;

// Assemblies that do without Core have the generator for themselves, and no tensors.
public partial struct SplitMix64
{
    private const long Weyl = unchecked((long)0x9E3779B97F4A7C15);

    /// <summary>
    /// The first numbers of several streams, bit for bit those of <see cref="For"/> and <see cref="Next"/>, computed by tensor operators
    /// where the streams' own numbers are. A tensor of the caller's scope, int64 <c>[N, count]</c>.
    /// </summary>
    /// <param name="seed">The seed of all.</param>
    /// <param name="first">The first number of all.</param>
    /// <param name="seconds">The second number of each, int64 <c>[N]</c>.</param>
    /// <param name="count">How many numbers of each.</param>
    internal static torch.Tensor Numbers(long seed, long first, torch.Tensor seconds, long count)
    {
        using var scope = torch.NewDisposeScope();
        var states = Mix(seconds + (long)Mix(Mix((ulong)seed) + (ulong)first)).unsqueeze(1);
        var turns = torch.arange(1, count + 1, dtype: torch.int64, device: seconds.device) * Weyl;
        return Mix(states + turns).MoveToOuterDisposeScope();
    }

    // Torch's sums and products of int64 wrap around as those of unsigned numbers do.
    private static torch.Tensor Mix(torch.Tensor z)
    {
        z = z + Weyl;
        z = z.bitwise_xor(ShiftedRight(z, 30)) * unchecked((long)0xBF58476D1CE4E5B9);
        z = z.bitwise_xor(ShiftedRight(z, 27)) * unchecked((long)0x94D049BB133111EB);
        return z.bitwise_xor(ShiftedRight(z, 31));
    }

    // As of unsigned numbers. By division, which takes numbers where shifts take tensors, and those would have to be sent.
    private static torch.Tensor ShiftedRight(torch.Tensor z, int bits)
        => z.div(1L << bits, torch.RoundingMode.floor).remainder(1L << (64 - bits));
}
