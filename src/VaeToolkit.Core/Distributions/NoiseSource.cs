using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Where posteriors, priors and likelihoods draw their noise from: torch's own generator, unless the thread has been given another.
/// Threads that work side by side have one each, since what they draw from a common one depends on which comes first. A part of your own
/// that draws numbers passes <c>generator: NoiseSource.OfThisThread</c>, or uses <see cref="NormalLike"/> and <see cref="UniformLike"/>.
/// </summary>
public static class NoiseSource
{
    /// <summary>This thread's generator; null means torch's own.</summary>
    [field: ThreadStatic]
    public static torch.Generator? OfThisThread { get; private set; }

    /// <summary>
    /// Gives this thread a generator of its own for what a model draws, until disposed: the same seed gives the same draws, whatever other
    /// threads draw, and theirs are left alone. For a model with parts from outside this library and TorchSharp, which may draw from
    /// torch's own generator, and on devices that have no other one, that is seeded too and then put back.
    /// </summary>
    /// <param name="model">The model that draws.</param>
    /// <param name="seed">Any number.</param>
    public static IDisposable Begin(torch.nn.Module model, long seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        var device = DeviceOf(model);
        var shared = CanLend(device) && ItemwiseLayers.Parts(model).All(IsKnown) ? null : SeedScope.Begin(seed);
        return CanLend(device) ? new Loan(new torch.Generator(unchecked((ulong)seed), device), shared) : shared!;
    }

    /// <summary>Standard normal numbers in a tensor's shape, type and place, from this thread's generator.</summary>
    public static torch.Tensor NormalLike(torch.Tensor like)
        => torch.randn(like.shape, dtype: like.dtype, device: like.device, generator: OfThisThread);

    /// <summary>Numbers between 0 and 1 in a tensor's shape, type and place, from this thread's generator.</summary>
    public static torch.Tensor UniformLike(torch.Tensor like)
        => torch.rand(like.shape, dtype: like.dtype, device: like.device, generator: OfThisThread);

    /// <summary>As <see cref="Begin"/>, and torch's own generator is left alone in any case.</summary>
    internal static IDisposable Lend(torch.Device device, long seed) => new Loan(new(unchecked((ulong)seed), device), null);

    /// <summary>Seeds a CPU generator, which stays the caller's, and lets parts on this thread draw from it, until disposed.</summary>
    internal static IDisposable Use(torch.Generator generator, long seed)
    {
        _ = generator.manual_seed(seed);
        return new Return(generator);
    }

    /// <summary>Where a model's weights are; the CPU where it has none.</summary>
    internal static torch.Device DeviceOf(torch.nn.Module model) => model.FirstWeight()?.device ?? torch.CPU;

    private static bool CanLend(torch.Device device) => device.type is DeviceType.CPU or DeviceType.CUDA;

    // The library's assemblies say in their metadata that all that they draw comes from here; what TorchSharp's layers draw
    // (dropout), they draw in training mode.
    private static bool IsKnown(torch.nn.Module part)
        => part.GetType().Assembly is var home && (home == typeof(torch).Assembly || SeededAssemblies.Contains(home));

    private sealed class Return : IDisposable
    {
        private readonly torch.Generator? _before = OfThisThread;

        internal Return(torch.Generator generator) => OfThisThread = generator;

        public void Dispose() => OfThisThread = _before;
    }

    private sealed class Loan(torch.Generator generator, SeedScope? shared) : IDisposable
    {
        private readonly Return _return = new(generator);

        public void Dispose()
        {
            _return.Dispose();
            generator.Dispose();
            shared?.Dispose();
        }
    }
}
