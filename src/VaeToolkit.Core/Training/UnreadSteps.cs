using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Steps of a loop of one's own whose numbers are read several at a time, since reading waits for the model's device; <see cref="Trainer"/>
/// reads its own so. A number that is not finite is found when it is read, after further steps: call
/// <see cref="Read"/> where the loop ends or is left, and before anything is kept of what it has made.
/// </summary>
public sealed class UnreadSteps : IDisposable
{
    private readonly List<UnreadStep> _steps = [];
    private readonly int _together;
    private readonly string _stage;
    private readonly Action<StepResult, long, bool> _tell;

    /// <summary>Begins without a step.</summary>
    /// <param name="model">The model that will be trained, on its device.</param>
    /// <param name="told">Told of every step, in order, when its numbers have been read.</param>
    /// <param name="stepsPerReading">Steps that are read together, at least 1, as <see cref="TrainingOptions.StepsPerReading"/>: null for 1
    /// where the model is on the CPU, and 50 elsewhere.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="stepsPerReading"/> is below 1.</exception>
    public UnreadSteps(torch.nn.Module model, Action<StepResult> told, int? stepsPerReading = null)
        : this(Together(model, stepsPerReading), "training", (step, _, _) => told(step))
        => ArgumentNullException.ThrowIfNull(told);

    /// <summary>The same for any stage.</summary>
    /// <param name="together">How many are read together.</param>
    /// <param name="stage">What they are steps of, such as <c>training</c>.</param>
    /// <param name="tell">Told of each with its number of items, and whether it is the latest.</param>
    internal UnreadSteps(int together, string stage, Action<StepResult, long, bool> tell)
        => (_together, _stage, _tell) = (together, stage, tell);

    /// <summary>
    /// One optimiser step as <see cref="TrainingLoop.Step"/> takes it, read at once where one at a time is. A batch of one item of a model
    /// with buffers is read at once too: such a step may have to be undone.
    /// </summary>
    /// <typeparam name="TModel">The model's type.</typeparam>
    /// <param name="model">The model.</param>
    /// <param name="objective">What to minimise.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    /// <param name="optimizer">The optimiser of the model's parameters.</param>
    /// <param name="gradientClip">The largest 2-norm that all gradients together may have, above 0; null leaves them alone.</param>
    /// <exception cref="NonFiniteLossException">A number of this step, or of one before that was not read yet, is not finite.</exception>
    /// <remarks>Beside it there are the exceptions of <see cref="TrainingLoop.Step"/>.</remarks>
    public void Step<TModel>(
        TModel model, Objective<TModel> objective, Batch batch, torch.optim.Optimizer optimizer, double? gradientClip = null)
        where TModel : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        if (_together > 1 && !LoneItemBuffers.Concern(model, batch))
        {
            Add(TrainingLoop.StepUnread(model, objective, batch, optimizer, gradientClip));
            return;
        }
        Read();
        _tell(TrainingLoop.Step(model, objective, batch, optimizer, gradientClip), batch.Size, true);
    }

    /// <summary>Reads the steps that have not been read, and tells of them.</summary>
    /// <exception cref="NonFiniteLossException">A number is not finite; those before it have been told of.</exception>
    public void Read()
    {
        if (_steps.Count == 0)
            return;
        try
        {
            UnreadStep.ReadAll(_steps);
            foreach (var step in _steps)
            {
                RequireFinite(step.Result);
                _tell(step.Result, step.Items, step == _steps[^1]);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Drops the steps that have not been read: nobody is told of them.</summary>
    public void Dispose()
    {
        _steps.ForEach(step => step.Dispose());
        _steps.Clear();
    }

    /// <summary>How many steps have not been read, and how many are read together.</summary>
    public override string ToString() => FormattableString.Invariant($"{_steps.Count} steps not read, {_together} read together");

    /// <summary>How many steps of a model are read together, where so many were asked for; null is the device's own.</summary>
    internal static int Together(torch.nn.Module model, int? stepsPerReading)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (stepsPerReading < 1)
            throw new ArgumentOutOfRangeException(
                nameof(stepsPerReading), stepsPerReading, "Steps that are read together must be at least 1, or null for the device's own.");
        return stepsPerReading
            ?? (NoiseSource.DeviceOf(model).type == DeviceType.CPU ? 1 : TrainingOptions.StepsPerReadingElsewhere);
    }

    /// <summary>Takes a step over, and reads when there are enough.</summary>
    internal void Add(UnreadStep step)
    {
        _steps.Add(step);
        if (_steps.Count >= _together)
            Read();
    }

    private void RequireFinite(StepResult step)
    {
        if (new ObjectiveReading(step.Loss, step.Terms).FirstNonFinite() is var (name, value))
            throw NonFiniteLossException.FoundLater(name, value, step.Index, _stage);
        if (step.GradientNorm is { } norm && !double.IsFinite(norm))
            throw NonFiniteLossException.FoundLater(NonFiniteLossException.GradientNorm, norm, step.Index, _stage);
    }
}
