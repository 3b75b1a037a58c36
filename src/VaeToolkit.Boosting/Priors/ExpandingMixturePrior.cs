using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// A mixture of Gaussians for continual learning: K components are trained with the model on each task and frozen at its end; K new ones
/// join when the next task begins. With T tasks each of the K T components has the weight 1/(K T). It begins with the first task open.
/// Saved keys: <c>means</c> and <c>log_variances</c> <c>[K, Z]</c> of the components that are trained, <c>frozen_means</c>,
/// <c>frozen_log_variances</c> <c>[F, Z]</c>, and <c>open</c> <c>[1]</c>, whether a task is. Loading takes over the file's F.
/// </summary>
public sealed class ExpandingMixturePrior : Prior, IGrowing, IStoredComponents, IDescribedPart
{
    internal const string PartName = "expanding-mixture";

    private const double InitialLogVariance = -2;
    private const double LeastLogVariance = -6;
    private const double LargestLogVariance = 2;
    private readonly double _spread;
    private readonly KeptNumbers _numbers;

    /// <summary>Makes the prior; initial means are drawn from torch's generator.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="components">K, components a task.</param>
    /// <param name="spread">Standard deviation of the initial means; default 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the spread is negative.</exception>
    public ExpandingMixturePrior(long latentSize, long components, double spread = 0.5)
        : base(nameof(ExpandingMixturePrior))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(components, "the number of components K", nameof(components));
        OptionRange.Require(spread >= 0 && double.IsFinite(spread), nameof(spread), spread, "the spread must be a number of at least 0");
        (LatentSize, ComponentsPerTask, _spread, _numbers) = (latentSize, components, spread, new(this));
        using var scope = torch.NewDisposeScope();
        this.RegisterParameter("means", torch.randn([components, latentSize]) * spread);
        this.RegisterParameter("log_variances", torch.full([components, latentSize], InitialLogVariance, torch.float32));
        this.RegisterBuffer("frozen_means", torch.zeros([0L, latentSize]));
        this.RegisterBuffer("frozen_log_variances", torch.zeros([0L, latentSize]));
        this.RegisterBuffer("open", torch.ones([1L], torch.int64));
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <summary>K.</summary>
    public long ComponentsPerTask { get; }

    /// <summary>F, components of finished tasks.</summary>
    public long FrozenCount => get_buffer("frozen_means")!.shape[0];

    /// <summary>Whether components are trained now.</summary>
    public bool IsTaskOpen => _numbers.Of("open")[0] == 1;

    /// <summary>What it reads of its buffers.</summary>
    internal KeptNumbers Numbers => _numbers;

    IReadOnlyList<string> IGrowing.GrowingBuffers => ["frozen_means", "frozen_log_variances"];

    /// <summary>Begins the next task: K new components are drawn from torch's generator.</summary>
    /// <exception cref="InvalidOperationException">The task before was not ended.</exception>
    public void BeginTask()
    {
        if (IsTaskOpen)
            throw new InvalidOperationException("a task is open; end it before the next one begins");
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var means = get_parameter("means")!;
        means.copy_(torch.randn_like(means) * _spread);
        get_parameter("log_variances")!.fill_(InitialLogVariance);
        get_buffer("open")!.fill_(1);
        _numbers.Forget();
    }

    /// <summary>Ends the task: its components are frozen.</summary>
    /// <exception cref="InvalidOperationException">No task is open.</exception>
    public void EndTask()
    {
        if (!IsTaskOpen)
            throw new InvalidOperationException("no task is open; begin one first");
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Freeze("frozen_means", get_parameter("means")!);
        Freeze("frozen_log_variances", Clamped(get_parameter("log_variances")!));
        get_buffer("open")!.fill_(0);
        _numbers.Forget();
    }

    void IGrowing.WeightsLoaded() => _numbers.Forget();

    /// <inheritdoc/>
    public override void train(bool train = true)
    {
        // Others than this library may have loaded weights since the last epoch; within a step nobody does.
        if (!TrainingStep.IsComputed)
            _numbers.Forget();
        base.train(train);
    }

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        var points = new LatentRows(z, LatentSize);
        RequireFiniteLatents(z);
        return EngineError.Of(this, z, nameof(z), () =>
        {
            var components = Present();
            return points.Restore(components.LogDensities(points.Rows, LogWeights(components, z)).logsumexp(-1));
        });
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var components = Present();
        return MixtureLogDensity.Sample(components.Means, components.LogVariances, LogWeights(components, components.Means), count)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var scope = torch.NewDisposeScope();
        var components = Present();
        var weights = LogWeights(components, components.Means).exp();
        return graph.MixtureDraw(graph.Constant(components.Means), graph.Constant(components.LogVariances), weights, LatentSize);
    }

    /// <summary>The name, K, F and Z.</summary>
    public override string ToString()
        => $"{nameof(ExpandingMixturePrior)} {ComponentsPerTask} components a task, {FrozenCount} frozen, {LatentSize}";

    string IStoredComponents.Settings
        => FormattableString.Invariant($"{nameof(ExpandingMixturePrior)} of {ComponentsPerTask} components a task, spread {_spread}");

    StoredComponents? IStoredComponents.OfFinishedTasks()
    {
        var count = FrozenCount;
        return count == 0 ? null : new(
            Frozen(), [.. Enumerable.Repeat(1.0 / count, (int)count)],
            torch.full([count], 1.0 / count, torch.float64, get_buffer("frozen_means")!.device), PseudoInputs: null);
    }

    private DiagonalComponents Frozen() => new(get_buffer("frozen_means")!, get_buffer("frozen_log_variances")!);

    private DiagonalComponents Present() => !IsTaskOpen ? Frozen() : new(
        torch.cat([get_buffer("frozen_means")!, get_parameter("means")!]),
        torch.cat([get_buffer("frozen_log_variances")!, Clamped(get_parameter("log_variances")!)]));

    private static torch.Tensor Clamped(torch.Tensor logVariances) => logVariances.clamp(LeastLogVariance, LargestLogVariance);

    private static torch.Tensor LogWeights(DiagonalComponents components, torch.Tensor like)
        => torch.full([components.Count], -Math.Log(components.Count), like.dtype, like.device);

    private void Freeze(string name, torch.Tensor rows)
    {
        var buffer = get_buffer(name)!;
        buffer.set_(torch.cat([buffer, rows.detach()]));
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("latent_size", LatentSize)
        .With("components_per_task", ComponentsPerTask).With("spread", _spread).AsUsage("spread");

    internal static ExpandingMixturePrior From(PartOptions options)
    {
        var (latents, components) = (options.WholeNumber("latent_size"), options.WholeNumber("components_per_task"));
        options.RequireWeights(latents, components);
        return new(latents, components, options.Number("spread"));
    }
}
