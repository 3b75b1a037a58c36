using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Seeds torch's random generators for a stretch of code and puts the CPU generator back where it was afterwards, so that the code
/// around it draws what it would have drawn anyway. The generator is one for the whole process: two scopes on two threads disturb
/// each other. Generators of GPUs are seeded too, but their state cannot be read in TorchSharp, so it is not put back. A thread that draws
/// from a <see cref="NoiseSource"/> of its own gets another one with the seed meanwhile.
/// </summary>
public sealed class SeedScope : IDisposable
{
    private readonly torch.Tensor _before;
    private readonly IDisposable? _noise;
    private bool _disposed;

    private SeedScope(long? seed)
    {
        _before = torch.get_rng_state().DetachFromDisposeScope();
        if (seed is not { } given)
            return;
        _noise = NoiseSource.Renew(given);
        Seed(given);
    }

    /// <summary>Seeds the generators and remembers the CPU generator's state.</summary>
    /// <param name="seed">Any number; the same number gives the same draws.</param>
    /// <returns>The scope; dispose it to restore the state.</returns>
    public static SeedScope Begin(long seed) => new(seed);

    /// <summary>Remembers the CPU generator's state and seeds nothing.</summary>
    internal static SeedScope Keep() => new(null);

    /// <summary>Restores the CPU generator's state. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _noise?.Dispose();
        torch.set_rng_state(_before);
        _before.Dispose();
    }

    /// <summary>Seeds the generators without a way back, inside a scope that has one.</summary>
    internal static void Seed(long seed)
    {
        torch.manual_seed(seed).Dispose();
        NoiseSource.Seed(seed);
    }
}
