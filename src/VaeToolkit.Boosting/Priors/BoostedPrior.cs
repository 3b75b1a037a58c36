using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// BooVAE's prior (Egorov, Kuzina and Burnaev 2021): p(z) = (1/T) Σ_t Σ_k w_tk q(z|u_tk) over T tasks, with the encoder's own posteriors
/// at stored pseudo-inputs u as components. It grows by <see cref="BoostingStep"/> towards the task's <see cref="OptimalPrior"/>;
/// each task has the share 1/T.
/// </summary>
/// <remarks>
/// In training mode the density is of the current task's components alone, with weights that sum to one, and gradients reach the encoder
/// through them; in evaluation mode it is of all tasks. Samples of finished tasks come from the components as they were stored at the
/// task's end. The encoder is the model's: it is not registered here. Saved keys: <c>pseudo_inputs</c> <c>[M, *item]</c>,
/// <c>weights</c> and <c>tasks</c> <c>[M]</c>, <c>means</c> and <c>log_variances</c> <c>[M, Z]</c>, and <c>state</c> <c>[2]</c> (tasks
/// begun, and whether the last is open). Loading takes over the file's M.
/// </remarks>
public sealed partial class BoostedPrior : Prior, IGrowing, IStoredComponents, IDescribedPart
{
    internal const string PartName = "boosted-prior";

    private const string IsChanged = "is growing";

    private const double RoundingOfRange = 1e-5;
    private const double DeviationsInside = 3;

    private readonly BoostedPriorOptions _options;
    private readonly KeptNumbers _numbers;
    private readonly ComponentTable _table;
    private readonly long[] _inputShape;

    /// <summary>Makes a prior without components; begin a task before its density is asked for.</summary>
    /// <param name="encoder">The model's encoder; its posterior must be a <see cref="DiagonalNormal"/>.</param>
    /// <param name="pseudoInputShape">Shape of one item, such as <c>[784]</c>.</param>
    /// <param name="options">How it grows; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, such as K below 1 or λ ≤ 0.</exception>
    /// <exception cref="ArgumentException">The shape does not fit the encoder, or the encoder's posterior is of another kind.</exception>
    public BoostedPrior(Encoder encoder, IReadOnlyList<long> pseudoInputShape, BoostedPriorOptions? options = null)
        : base(nameof(BoostedPrior))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        _inputShape = Shape.RequireItemShape(pseudoInputShape, nameof(pseudoInputShape));
        _options = (options ?? new()).Validated();
        Encoder = encoder;
        _numbers = new(this);
        _table = new(this, _numbers);
        RequireItemFits();
        // Of the encoder's type and where it is: a model's parts may be moved before it is put together.
        var weight = encoder.FirstWeight();
        var (type, device) = (weight?.dtype ?? torch.float32, weight?.device ?? torch.CPU);
        this.RegisterBuffer(ComponentTable.PseudoInputs, torch.zeros([0, .. _inputShape], type, device));
        this.RegisterBuffer(ComponentTable.Weights, torch.zeros([0L], torch.float64, device));
        this.RegisterBuffer(ComponentTable.Tasks, torch.zeros([0L], torch.int64, device));
        this.RegisterBuffer(ComponentTable.Means, torch.zeros([0L, LatentSize], type, device));
        this.RegisterBuffer(ComponentTable.LogVariances, torch.zeros([0L, LatentSize], type, device));
        this.RegisterBuffer("state", torch.zeros([2L], torch.int64, device));
    }

    /// <summary>The encoder that is shared with the model; it is not registered here.</summary>
    public Encoder Encoder { get; }

    /// <inheritdoc/>
    public override long LatentSize => Encoder.LatentSize;

    /// <summary>T, tasks that were begun.</summary>
    public int TaskCount => (int)State(0);

    /// <summary>K, most components of a task.</summary>
    public int MaxComponents => _options.MaxComponents;

    /// <summary>Whether the last task was begun and not ended.</summary>
    public bool IsTaskOpen => State(1) == 1;

    /// <summary>M, components of all tasks.</summary>
    public int ComponentCount => _table.Count;

    /// <summary>Its options by name and in words.</summary>
    internal IReadOnlyDictionary<string, string> Settings => OptionText.ByName(_options);

    /// <summary>What it reads of its buffers.</summary>
    internal KeptNumbers Numbers => _numbers;

    IReadOnlyList<string> IGrowing.GrowingBuffers => ComponentTable.Names;

    /// <summary>The weights of a task's components within the task, in order; they sum to one.</summary>
    /// <param name="task">The task, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such task.</exception>
    public IReadOnlyList<double> WeightsOf(int task)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(task);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(task, TaskCount);
        var weights = _table.ReadWeights();
        return [.. _table.RowsOf(task).Select(row => weights[row])];
    }

    /// <summary>The pseudo-inputs of a task, <c>[k, *item]</c>.</summary>
    /// <param name="task">The task, from 0.</param>
    public torch.Tensor PseudoInputsOf(int task) => _table.Select(ComponentTable.PseudoInputs, _table.RowsOf(task));

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">There is no component yet, or a weight is negative, or those of a task do not sum to
    /// one.</exception>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        var points = new LatentRows(z, LatentSize);
        RequireFiniteLatents(z);
        var shares = _table.Shares(TaskCount, currentOnly: training);
        long[] rows = [.. shares.Keys];
        var components = training && Lent is { } given ? given : Components(rows);
        return points.Restore(components.LogDensities(points.Rows, LogWeights(rows, training ? 1 : TaskCount, z)).logsumexp(-1));
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
    /// <exception cref="InvalidOperationException">As of <see cref="LogProb"/>.</exception>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var mode = EvaluationMode.Enter(Encoder);
        using var scope = torch.NewDisposeScope();
        long[] rows = [.. _table.Shares(TaskCount, currentOnly: false).Keys];
        var open = IsTaskOpen ? OpenRows() : [];
        long[] closed = [.. rows.Except(open)];
        var normal = closed.Length == 0 ? Components(open)
            : open.Length == 0 ? Stored(closed) : (DiagonalComponents)Stored(closed).Append(Components(open));
        var logWeights = LogWeights([.. closed, .. open], TaskCount, normal.Means);
        return MixtureLogDensity.Sample(normal.Means, normal.LogVariances, logWeights, count).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The pseudo-inputs of the open task, in order, whose components the density in training mode is of; null when no task is open.
    /// </summary>
    internal torch.Tensor? OpenInputs() => IsTaskOpen ? _table.Present(ComponentTable.PseudoInputs, OpenRows()) : null;

    /// <summary>
    /// What the density in training mode takes the open task's components to be, instead of encoding <see cref="OpenInputs"/>,
    /// while it is set.
    /// </summary>
    internal DiagonalComponents? Lent { get; set; }

    string IStoredComponents.Settings => $"{nameof(BoostedPrior)} of {_options.Settings}";

    StoredComponents? IStoredComponents.OfFinishedTasks()
    {
        var finished = IsTaskOpen ? TaskCount - 1 : TaskCount;
        var tasks = _table.ReadTasks();
        long[] rows = [.. Enumerable.Range(0, tasks.Length).Where(row => tasks[row] < finished).Select(row => (long)row)];
        if (rows.Length == 0)
            return null;
        var weights = _table.ReadWeights();
        return new(
            Stored(rows), [.. rows.Select(row => weights[row] / finished)],
            _table.Present(ComponentTable.Weights, rows).to(torch.float64) / finished, _table.Present(ComponentTable.PseudoInputs, rows));
    }

    /// <inheritdoc/>
    public override void RequireFits(Encoder encoder)
    {
        if (!ReferenceEquals(encoder, Encoder))
            throw new ArgumentException(
                "the BoostedPrior was made from another encoder than the model's; give both the same object", nameof(encoder));
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return BoostedPriorGraph.Write(graph, this, _table);
    }

    /// <summary>The name, components, tasks and Z.</summary>
    public override string ToString() => $"{nameof(BoostedPrior)} {ComponentCount} components of {TaskCount} tasks, "
        + $"pseudo-inputs {Shape.Text(_inputShape)}, {LatentSize}";

    // Of components of so many tasks: as of Shares, but where the numbers are.
    private torch.Tensor LogWeights(long[] rows, int tasks, torch.Tensor like)
    {
        using var scope = torch.NewDisposeScope();
        var within = _table.Present(ComponentTable.Weights, rows).to(torch.float64).log();
        return (within - Math.Log(tasks)).to(like.dtype, like.device).MoveToOuterDisposeScope();
    }

    /// <summary>The rows of finished tasks' components as they were stored.</summary>
    private DiagonalComponents Stored(long[] rows)
        => new(_table.Present(ComponentTable.Means, rows), _table.Present(ComponentTable.LogVariances, rows));

    /// <summary>The rows of some components as the encoder makes them now, in evaluation mode.</summary>
    private DiagonalComponents Components(long[] rows)
    {
        using var modes = new PartModes(Encoder);
        Encoder.eval();
        return EncodedComponents.Of(Encoder, _table.Present(ComponentTable.PseudoInputs, rows));
    }

    private long[] OpenRows()
        => IsTaskOpen ? _table.RowsOf(TaskCount - 1) : throw new InvalidOperationException("no task is open; begin one first");

    private long State(int index) => (long)_numbers.Of("state")[index];

    // One item goes through now, so that a wrong shape is found here and not in the middle of training.
    private void RequireItemFits()
    {
        using var mode = EvaluationMode.Enter(Encoder);
        using var scope = torch.NewDisposeScope();
        var item = torch.zeros([1, .. _inputShape], device: torch.CPU).ToWeightsOf(Encoder);
        try
        {
            EncodedComponents.Of(Encoder, item);
        }
        catch (ArgumentException refusal)
        {
            throw new ArgumentException(
                $"pseudo-inputs of shape {Shape.Text(_inputShape)} do not fit the encoder: {refusal.Message}", "pseudoInputShape", refusal);
        }
    }

    PartDescription IDescribedPart.Describe()
        => _options.AddTo(new PartDescription(PartName).With("pseudo_input_shape", _inputShape));

    internal static BoostedPrior From(PartOptions options)
        => new(options.Given<Encoder>(), options.WholeNumbers("pseudo_input_shape"), BoostedPriorOptions.From(options));
}
