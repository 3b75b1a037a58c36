using System.Text.Json.Serialization;
using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>How <see cref="Trainer.Fit"/> trains.</summary>
public sealed record TrainingOptions
{
    /// <summary>Steps that are read together where nothing else is asked for and the model is not on the CPU.</summary>
    internal const int StepsPerReadingElsewhere = 50;

    /// <summary>Epochs to run, at least 1; with <see cref="Resume"/>, those of the earlier parts included. Default 20.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>
    /// Items a batch, at least 1 and at most as many as there are; the last batch of an epoch may be smaller, see <see cref="LastBatch"/>.
    /// Default 100.
    /// </summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// What becomes of an epoch's last batch when it is smaller. Statistics of a batch (<c>BatchNorm1d</c>) are not defined for a single
    /// item, which the pre-flight finds. Default <see cref="LastBatch.Keep"/>.
    /// </summary>
    public LastBatch LastBatch { get; init; }

    /// <summary>Seed of the data order and of what the model draws. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Learning rate of the default optimiser, above 0; ignored when <see cref="Optimizer"/> is given. Default 0.001.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>
    /// Makes the optimiser of the parameters that require gradients, once the model is on its device. The trainer disposes it.
    /// Default null: <see cref="Optimizers.Adam"/> with <see cref="LearningRate"/>, β 0.9 and 0.999, ε 1e-8.
    /// </summary>
    [JsonIgnore]
    public Func<IEnumerable<Parameter>, torch.optim.Optimizer>? Optimizer { get; init; }

    /// <summary>
    /// Makes a schedule of the learning rate for the optimiser. It is stepped after every epoch with the loss by which epochs are compared;
    /// <c>ReduceLROnPlateau</c>, which looks at that loss, only after epochs that count (<see cref="EpochSummary.IsWarmUp"/>).
    /// Default null: the rate stays.
    /// </summary>
    [JsonIgnore]
    public Func<torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler>? LearningRateSchedule { get; init; }

    /// <summary>
    /// Whether the two halves of every batch are computed side by side, each with half of torch's threads; their gradients add up to the
    /// batch's. Default null: on the CPU, where the objective is a mean over items
    /// (<see cref="Objective{TModel}.IsMeanOverItems"/>) and the model is made of layers that are known to treat items one by
    /// one, so that nothing but the random draws changes. Set it for layers of your own that do so too, on the CPU and with such an
    /// objective, and draw nothing from torch's shared generator: two threads would draw in no certain order. Batch normalisation is
    /// refused.
    /// </summary>
    public bool? SplitBatches { get; init; }

    /// <summary>
    /// The ranks that train together, each on its share of every batch. <see cref="BatchSize"/> is that of the whole batch, so a run on
    /// several ranks equals one on one with the same options, but for the order of sums; callbacks, progress and files are rank 0's.
    /// Default null: this process trains alone.
    /// </summary>
    /// <remarks>
    /// Ranks begin with rank 0's weights. What they have to have in common is compared before the first step, and refused by name: library
    /// version, model and its kind of device, objective, options (<see cref="PreFlight"/> among them), data.
    /// </remarks>
    [JsonIgnore]
    public IExchange? Exchange { get; init; }

    /// <summary>
    /// Steps whose loss and terms are read together, at least 1: reading them waits for the model's device. Callbacks, progress and
    /// telemetry are told of steps then, in order and with each one's own numbers, and what is not finite is found then, before anything is
    /// saved. Default null: 1 on the CPU, 50 elsewhere. Steps of halves and of ranks are read one by one.
    /// </summary>
    public int? StepsPerReading { get; init; }

    /// <summary>The largest 2-norm of all gradients together, above 0. Default null: no clipping.</summary>
    public double? GradientClip { get; init; }

    /// <summary>
    /// Stops after this many epochs, at least 1, in a row without a better validation loss; needs validation data. Epochs before the end
    /// of the objective's warm-up do not count. Default null: runs all epochs.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>By how much, in the loss's unit, an epoch must be lower to count as better, at least 0. Default 0.</summary>
    public double MinimumDelta { get; init; }

    /// <summary>
    /// The run's folder: <c>last/</c>, <c>best/</c>, <c>metrics.jsonl</c> and <c>options.json</c> are written there. Those of an earlier
    /// run, and its page, are kept under names that end with <c>.earlier</c>, <c>.earlier-2</c> and so on. Default null: nothing is
    /// written.
    /// </summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>
    /// Whether the best epoch is kept in <c>best/</c> too; ignored without a <see cref="CheckpointDirectory"/>. Default true.
    /// </summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>
    /// Whether the run's page, <c>report.html</c> in <see cref="CheckpointDirectory"/>, is written when training ends; with validation
    /// data, these are what it reconstructs and scores. Needs the package <c>VaeToolkit.Reports</c>, whose <c>ReportWriter</c> is the
    /// callback for a page of other items or sections. Default false.
    /// </summary>
    public bool Report { get; init; }

    /// <summary>
    /// After how many epochs, at least 1, the page of <see cref="Report"/> is written too, so that the run can be watched by reloading it.
    /// Default null: at the end alone.
    /// </summary>
    public int? ReportEvery { get; init; }

    /// <summary>
    /// Whether to go on from <c>last/</c> in <see cref="CheckpointDirectory"/> if it is there, instead of starting anew. Default false.
    /// </summary>
    /// <remarks>
    /// What decides the steps must be as it was, and is refused by name where it is not: seed, batches, numbers of items and what they hold
    /// (<see cref="DataSource.Fingerprint"/>), clipping, halves, optimiser, learning rate and its schedule, the objective and its options
    /// (<see cref="Objective{TModel}.Settings"/>). What decides when to stop and what is written is taken over from these options:
    /// <see cref="Epochs"/>, <see cref="Patience"/>, <see cref="MinimumDelta"/>, <see cref="CheckpointDirectory"/>, <see cref="KeepBest"/>,
    /// <see cref="Report"/>, <see cref="ReportEvery"/> and <see cref="PreFlight"/>.
    /// </remarks>
    public bool Resume { get; init; }

    /// <summary>
    /// Whether all data are looked at and one batch is tried first, and everything that is wrong reported at once. Default true.
    /// </summary>
    public bool PreFlight { get; init; } = true;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = Faults().ToList();
        if (faults.Count > 0)
            throw new ArgumentException("Training options: " + string.Join("; ", faults) + ".");
    }

    private IEnumerable<string> Faults()
    {
        if (Epochs < 1)
            yield return Fault($"Epochs is {Epochs}, but must be at least 1");
        if (BatchSize < 1)
            yield return Fault($"BatchSize is {BatchSize}, but must be at least 1");
        if (!Enum.IsDefined(LastBatch))
            yield return Fault($"LastBatch is {LastBatch}, but must be Keep, Drop or Merge");
        if (!(LearningRate > 0 && double.IsFinite(LearningRate)))
            yield return Fault($"LearningRate is {LearningRate}, but must be a finite number above 0");
        if (GradientClip is { } clip && !(clip > 0))
            yield return Fault($"GradientClip is {clip}, but must be above 0, or null for none");
        if (StepsPerReading < 1)
            yield return Fault($"StepsPerReading is {StepsPerReading}, but must be at least 1, or null for the device's own");
        if (SplitBatches == true && BatchSize < 2)
            yield return "SplitBatches is set, but BatchSize is 1; a batch needs two items to be split";
        if (Patience < 1)
            yield return Fault($"Patience is {Patience}, but must be at least 1, or null for none");
        if (!(MinimumDelta >= 0 && double.IsFinite(MinimumDelta)))
            yield return Fault($"MinimumDelta is {MinimumDelta}, but must be a finite number of at least 0");
        if (CheckpointDirectory is not null && string.IsNullOrWhiteSpace(CheckpointDirectory))
            yield return "CheckpointDirectory is empty, but must name a folder, or be null for none";
        if (Resume && CheckpointDirectory is null)
            yield return "Resume is set, but there is no CheckpointDirectory to resume from";
        if (Report && CheckpointDirectory is null)
            yield return "Report is set, but there is no CheckpointDirectory, whose run the page would show";
        if (ReportEvery < 1)
            yield return Fault($"ReportEvery is {ReportEvery}, but must be at least 1, or null for the end alone");
        else if (ReportEvery is not null && !Report)
            yield return Fault($"ReportEvery is {ReportEvery}, but Report is not set");
    }

    private static string Fault(FormattableString text) => FormattableString.Invariant(text);
}
