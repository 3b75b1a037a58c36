using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Where posteriors draw their noise from: torch's own generator, unless the thread has been given another. Threads that work side by side
/// have one each, since what they draw from a common one depends on which comes first.
/// </summary>
public static class NoiseSource
{
    /// <summary>This thread's generator; null means torch's own.</summary>
    [field: ThreadStatic]
    public static torch.Generator? OfThisThread { get; private set; }

    /// <summary>Seeds a CPU generator and lets posteriors on this thread draw from it, until disposed.</summary>
    internal static IDisposable Use(torch.Generator generator, long seed)
    {
        _ = generator.manual_seed(seed);
        OfThisThread = generator;
        return new Loan();
    }

    private sealed class Loan : IDisposable
    {
        public void Dispose() => OfThisThread = null;
    }
}
