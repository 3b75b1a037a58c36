using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Where posteriors, priors and likelihoods draw their noise from: torch's own generator, unless the thread has been given another.
/// Threads that work side by side have one each, since what they draw from a common one depends on which comes first. A part of your own
/// that draws numbers passes <c>generator: NoiseSource.OfThisThread</c>, or uses <see cref="Normal"/> and its like, which say which axis
/// are the batch's items: where ranks divide a batch, each then draws what one process draws for its items.
/// </summary>
public static class NoiseSource
{
    [ThreadStatic]
    private static torch.Generator? s_generator;

    [ThreadStatic]
    private static ItemRows? s_rows;

    /// <summary>This thread's generator; null means torch's own.</summary>
    /// <exception cref="NotSupportedException">The batch is divided over ranks, and nothing says for which items the numbers
    /// are.</exception>
    public static torch.Generator? OfThisThread => s_rows is null ? s_generator : throw new NotSupportedException(
        "a part draws numbers in a step that is divided over ranks without saying which axis are the batch's items, so it cannot draw "
        + $"what one process would; draw by {nameof(NoiseSource)}.{nameof(Normal)}, {nameof(Uniform)} or {nameof(Bernoulli)}, or train on "
        + "one rank");

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

    /// <summary>Standard normal numbers of a tensor's type and place, from this thread's generator.</summary>
    /// <param name="shape">Their shape.</param>
    /// <param name="like">The tensor.</param>
    /// <param name="itemAxis">The axis of the batch's items; null for numbers that all items have in common, such as a weight's.</param>
    /// <exception cref="NotSupportedException">The batch is divided over ranks, and the axis has not as many rows as the rank has items.
    /// </exception>
    public static torch.Tensor Normal(IReadOnlyList<long> shape, torch.Tensor like, int? itemAxis)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(like);
        return Draw(shape, itemAxis, sizes => torch.randn(sizes, dtype: like.dtype, device: like.device, generator: s_generator));
    }

    /// <summary>Numbers between 0 and 1, as <see cref="Normal"/> draws normal ones.</summary>
    /// <param name="shape">Their shape.</param>
    /// <param name="like">A tensor of the type and in the place that they shall have.</param>
    /// <param name="itemAxis">The axis of the batch's items; null for numbers that all items have in common.</param>
    /// <exception cref="NotSupportedException">As for <see cref="Normal"/>.</exception>
    public static torch.Tensor Uniform(IReadOnlyList<long> shape, torch.Tensor like, int? itemAxis)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(like);
        return Draw(shape, itemAxis, sizes => torch.rand(sizes, dtype: like.dtype, device: like.device, generator: s_generator));
    }

    /// <summary>Ones with a probability, else zeros, as <see cref="Normal"/> draws normal numbers: the numbers of torch's
    /// dropout.</summary>
    /// <param name="shape">Their shape.</param>
    /// <param name="like">A tensor of the type and in the place that they shall have.</param>
    /// <param name="probability">Of a one, from 0 to 1.</param>
    /// <param name="itemAxis">The axis of the batch's items; null for numbers that all items have in common.</param>
    /// <exception cref="NotSupportedException">As for <see cref="Normal"/>.</exception>
    public static torch.Tensor Bernoulli(IReadOnlyList<long> shape, torch.Tensor like, double probability, int? itemAxis)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(like);
        return Draw(shape, itemAxis,
            sizes => torch.empty(sizes, dtype: like.dtype, device: like.device).bernoulli_(probability, s_generator));
    }

    /// <summary>The numbers 0 to count − 1 in random order, <c>[count]</c>, int64, which all items have in common.</summary>
    /// <param name="count">How many.</param>
    /// <param name="device">Where.</param>
    public static torch.Tensor Permutation(long count, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Wherever(device, source => torch.randperm(count, dtype: torch.int64, device: source, generator: s_generator));
    }

    /// <summary>
    /// Lets this thread draw what all items of a batch have in common, until disposed, such as samples of weights by a posterior of theirs:
    /// where ranks divide the batch, they draw the same.
    /// </summary>
    public static IDisposable ForAllItems() => new Rows(null);

    /// <summary>Standard normal numbers in a tensor's shape, type and place, from this thread's generator.</summary>
    public static torch.Tensor NormalLike(torch.Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        return torch.randn(like.shape, dtype: like.dtype, device: like.device, generator: OfThisThread);
    }

    /// <summary>Numbers between 0 and 1 in a tensor's shape, type and place, from this thread's generator.</summary>
    public static torch.Tensor UniformLike(torch.Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        return torch.rand(like.shape, dtype: like.dtype, device: like.device, generator: OfThisThread);
    }

    /// <summary>
    /// For one of several ranks, where a model is on the CPU: as <see cref="Lend"/>, since ranks on threads share torch's own generator;
    /// else null.
    /// </summary>
    internal static IDisposable? LendToRank(torch.nn.Module model, long seed)
        => DeviceOf(model) is { type: DeviceType.CPU } device ? Lend(device, seed) : null;

    /// <summary>As <see cref="Begin"/>, and torch's own generator is left alone in any case.</summary>
    internal static IDisposable Lend(torch.Device device, long seed) => new Loan(new(unchecked((ulong)seed), device), null);

    /// <summary>As <see cref="Lend"/>, on devices that have generators beside torch's own; null on others.</summary>
    internal static IDisposable? LendIfAble(torch.Device device, long seed) => CanLend(device) ? Lend(device, seed) : null;

    /// <summary>As <see cref="Lend"/>, and whatever is drawn from torch's own CPU generator meanwhile does not move it.</summary>
    internal static IDisposable Apart(torch.Device device, long seed)
        => new Loan(new(unchecked((ulong)seed), device), SeedScope.Keep());

    /// <summary>Seeds a CPU generator, which stays the caller's, and lets parts on this thread draw from it, until disposed.</summary>
    internal static IDisposable Use(torch.Generator generator, long seed)
    {
        _ = generator.manual_seed(seed);
        return new Return(generator);
    }

    /// <summary>Gives this thread, where it draws from a generator of its own, another one there, until disposed.</summary>
    internal static IDisposable? Renew(long seed) => s_generator is { } own ? Lend(own.device, seed) : null;

    /// <summary>Seeds this thread's generator where it has one of its own.</summary>
    internal static void Seed(long seed) => _ = s_generator?.manual_seed(seed);

    /// <summary>Lets this thread draw the noise of some of more items, until disposed; of all it draws as ever.</summary>
    internal static IDisposable Divide(ItemRows rows) => new Rows(rows.IsAll ? null : rows);

    /// <summary>Whole numbers below 2³¹ that all items have in common, such as seeds.</summary>
    internal static long[] Seeds(int count)
    {
        using var drawn = Wherever(
            torch.CPU, source => torch.randint(0, int.MaxValue, [count], dtype: torch.int64, device: source, generator: s_generator));
        return drawn.data<long>().ToArray();
    }

    // A generator draws on its own device alone.
    private static torch.Tensor Wherever(torch.Device device, Func<torch.Device, torch.Tensor> draw)
    {
        var source = s_generator?.device ?? device;
        if (source.type == device.type)
            return draw(device);
        using var drawn = draw(source);
        return drawn.to(device);
    }

    // All ranks draw the numbers of all items, so that they draw the same next, and each takes a copy of its own: a view would keep all of
    // them until the backward pass.
    private static torch.Tensor Draw(IReadOnlyList<long> shape, int? itemAxis, Func<long[], torch.Tensor> draw)
    {
        if (s_rows is not { } rows || itemAxis is not { } axis)
            return draw([.. shape]);
        if (shape[axis] != rows.Count)
        {
            throw new NotSupportedException(FormattableString.Invariant(
                $"numbers of shape {Shape.Text(shape)} are drawn with the items along axis {axis}, but this rank has {rows.Count} of the ")
                + FormattableString.Invariant($"batch's {rows.Total} items, so it cannot draw what one process would; train on one rank"));
        }
        using var scope = torch.NewDisposeScope();
        return draw([.. shape.Select((size, i) => i == axis ? rows.Total : size)]).narrow(axis, rows.Start, rows.Count)
            .clone().MoveToOuterDisposeScope();
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
        private readonly torch.Generator? _before = s_generator;

        internal Return(torch.Generator generator) => s_generator = generator;

        public void Dispose() => s_generator = _before;
    }

    private sealed class Rows : IDisposable
    {
        private readonly ItemRows? _before = s_rows;

        internal Rows(ItemRows? rows) => s_rows = rows;

        public void Dispose() => s_rows = _before;
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
