using System.Diagnostics.CodeAnalysis;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// A Bayesian classifier that learns classes task by task, with one output for each class whatever the task. Every method is the same
/// boosting step towards another <see cref="NetworkPosterior"/>; only <see cref="IncrementalMethod.Mixture"/> keeps the components
/// of earlier tasks. It owns its posterior.
/// </summary>
[Experimental("VT0003", Message = "Its method was tried with one small network: docs/experimental.md.")]
public sealed class IncrementalClassifier : IDisposable
{
    // Far from all components the guard is all that the step sees of the mixture. With the prior itself as guard, λ = 1 would cancel the
    // prior from the objective; a guard of ten times its deviation takes 1 % of its precision away.
    private const double GuardOverPrior = 10;
    private const double GuardShare = 1e-2;

    // Log-variances from −12 to 2: a component can neither collapse onto a point nor outgrow every prior.
    private static readonly NormalStart s_range = new() { Minimum = Math.Exp(-6), Maximum = Math.E };

    private readonly ClassifierNetwork _network;
    private readonly ImageData _images;
    private readonly long[] _labels;
    private readonly IncrementalMethod _method;
    private readonly IncrementalOptions _options;
    private readonly List<IReadOnlyList<long>> _tasks = [];

    /// <summary>Makes a classifier that has learned nothing yet.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">The labelled images of all tasks; they must outlive this object, which does not own them.
    /// Weights are on their device.</param>
    /// <param name="method">How it goes on when a task comes.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The images have no labels, or one that the network has no output for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or the method none of the
    /// enumeration's values.</exception>
    public IncrementalClassifier(ClassifierNetwork network, ImageData images, IncrementalMethod method, IncrementalOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(images);
        OptionRange.RequireKnown(method, nameof(method));
        (_network, _images, _method, _options) = (network, images, method, (options ?? new()).Validated());
        _labels = images.ReadLabels() ?? throw new ArgumentException("the images have no labels to learn from", nameof(images));
        network.RequireLabels(_labels, nameof(images));
    }

    /// <summary>
    /// The posterior over weights; null before the first task. It is replaced, and the old one disposed, when a task is learned.
    /// </summary>
    public NormalMixture? Posterior { get; private set; }

    /// <summary>The classes of each task learned, in order.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Tasks => _tasks;

    /// <summary>What the last task was learned from: its images, the method and the options; null before the first task.</summary>
    public TrainingRecord? TrainedWith { get; private set; }

    /// <summary>
    /// Writes what was learned as a model folder: the network, the posterior, the tasks, the method and the options. No image is in it.
    /// <see cref="NetworkPredictor.Load"/> predicts with it.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidOperationException">Nothing was learned yet.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder)
    {
        var posterior = Posterior ?? throw new InvalidOperationException("nothing was learned yet; call Learn first");
        using var learned = new LearnedClassifier(_network, _method, _options, _tasks, posterior.Weights.Count);
        learned.Keep(posterior);
        TrainingRecord.Set(learned, TrainedWith);
        ModelFolder.Save(learned, folder);
    }

    /// <summary>Goes on where the classifier of a folder stopped.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="images">The labelled images of the tasks to come, and for <see cref="IncrementalMethod.Joint"/> of the earlier ones;
    /// they must outlive this object, which does not own them. Weights are on their device.</param>
    /// <returns>The classifier; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The images have no labels, or one that the network has no output for.</exception>
    /// <exception cref="ModelFolderException">The folder holds something else, or is damaged.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static IncrementalClassifier Load(string folder, ImageData images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var learned = ModelFolder.Load<LearnedClassifier>(folder);
        var classifier = new IncrementalClassifier(learned.Network, images, learned.Method, learned.Options);
        learned.to(images.Device);
        classifier.Posterior = learned.Posterior();
        classifier._tasks.AddRange(learned.Tasks);
        classifier.TrainedWith = TrainingRecord.Of(learned);
        return classifier;
    }

    /// <summary>Learns a task.</summary>
    /// <param name="classes">Its classes, none of them learned before.</param>
    /// <param name="progress">Told of every pass over the images.</param>
    /// <param name="cancellationToken">Stops between steps; what was learned before stands.</param>
    /// <returns>The step in numbers. The objective is in nats, on all of the task's images with one draw of the weights.</returns>
    /// <exception cref="ArgumentException">There are no classes, one was learned before or comes twice, or one has no images.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BoostingReport Learn(
        IReadOnlyList<long> classes, IProgress<LikelihoodPass>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireNew(classes);
        using var random = SeedScope.Begin(_options.Seed + _tasks.Count);
        using var scope = torch.NewDisposeScope();
        using var task = Select(
            _images, _labels, _method == IncrementalMethod.Joint ? [.. _tasks.SelectMany(learned => learned), .. classes] : classes);
        using var target = new NetworkPosterior(_network, task, Prior(),
            new() { BatchSize = _options.BatchSize, WarmUpPasses = _options.WarmUpPasses, Seed = _options.Seed }, progress);
        var record = TrainingRecord.From(
            nameof(NetworkPosterior), OptionText.ByName(_options, ("Method", _method)), task, _options.Seed + _tasks.Count);
        using var candidates = Start();
        var current = _method == IncrementalMethod.Mixture ? Posterior : null;
        var outcome = new BoostingStep(target, StepOptions(target, task.Count)).Run(current, candidates, cancellationToken);
        Posterior?.Dispose();
        Posterior = outcome.Mixture;
        _tasks.Add([.. classes]);
        TrainedWith = record;
        return outcome.Report;
    }

    /// <summary>Accuracy on the test images of the tasks learned so far.</summary>
    /// <param name="test">Labelled test images; those of other classes are left out.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="InvalidOperationException">Nothing was learned yet.</exception>
    /// <exception cref="ArgumentException">There are no labels, or none of a class.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IncrementalAccuracy Accuracy(ImageData test, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        var labels = test.ReadLabels() ?? throw new ArgumentException("the images have no labels to compare with", nameof(test));
        using var predictor = Predictor();
        var (byTask, counts) = (new List<double>(), new List<long>());
        foreach (var classes in _tasks)
        {
            using var part = Select(test, labels, classes);
            byTask.Add(predictor.Accuracy(part, cancellationToken));
            counts.Add(part.Count);
        }
        return new(byTask.Zip(counts, (accuracy, count) => accuracy * count).Sum() / counts.Sum(), byTask);
    }

    /// <summary>Predictions under the posterior as it is now; dispose it.</summary>
    /// <exception cref="InvalidOperationException">Nothing was learned yet.</exception>
    public NetworkPredictor Predictor()
        => new(_network, Posterior ?? throw new InvalidOperationException("nothing was learned yet; call Learn first"),
            _options.PredictionSamples, _options.Seed)
        {
            TrainedWith = TrainedWith,
        };

    /// <summary>The method, the tasks learned and the posterior.</summary>
    public override string ToString() => $"{nameof(IncrementalClassifier)} by {_method}: " + (Posterior is null
        ? "nothing learned" : $"classes {string.Join(" | ", _tasks.Select(task => string.Join(", ", task)))}; {Posterior}");

    /// <summary>Releases the posterior.</summary>
    public void Dispose() => Posterior?.Dispose();

    private BoostingOptions StepOptions(NetworkPosterior target, long count) => new()
    {
        RatioWeight = _options.RatioWeight,
        Steps = _options.Passes * target.StepsPerPass,
        RefinementSteps = 0,
        SamplesPerStep = 1,
        ScoringSamples = 1,
        LearningRate = _options.LearningRate,
        FinalLearningRate = _options.LearningRate / 10,
        Guard = BoostingGuard.Normal(GuardOverPrior * _options.PriorDeviation, GuardShare),
        Weights = _options.WeightsByImages && _tasks.Count > 0
            ? new FixedWeight(count / (double)(count + _labels.Count(IsLearned))) : new EqualWeights(),
        MinimumGain = null,
    };

    private DiagonalComponents Prior()
    {
        if (_method == IncrementalMethod.PreviousPosterior && Posterior is not null)
            return (DiagonalComponents)Posterior.Components;
        return new(torch.zeros([1, _network.Size], device: _images.Device), Constant(2 * Math.Log(_options.PriorDeviation)));
    }

    private NormalCandidates Start()
    {
        var last = _method is IncrementalMethod.FineTuning or IncrementalMethod.PreviousPosterior
            ? Posterior?.Components as DiagonalComponents : null;
        return new(last ?? new(_network.InitialWeights(_images.Device).unsqueeze(0), Constant(_options.InitialLogVariance)), s_range);
    }

    private torch.Tensor Constant(double value) => torch.full([1, _network.Size], value, torch.float32, _images.Device);

    private static ImageData Select(ImageData images, long[] labels, IReadOnlyList<long> classes)
    {
        foreach (var missing in classes.Except(labels).Take(1))
            throw new ArgumentException($"there are no images of class {missing}", nameof(classes));
        return images.Select([.. Enumerable.Range(0, labels.Length).Where(row => classes.Contains(labels[row])).Select(row => (long)row)]);
    }

    private void RequireNew(IReadOnlyList<long> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count == 0)
            throw new ArgumentException("the task has no classes", nameof(classes));
        foreach (var known in classes.Where(IsLearned).Take(1))
            throw new ArgumentException($"class {known} was learned before; a class belongs to one task", nameof(classes));
        if (classes.Distinct().Count() < classes.Count)
            throw new ArgumentException($"the task's classes are {string.Join(", ", classes)}; each must come once", nameof(classes));
    }

    private bool IsLearned(long label) => _tasks.Any(task => task.Contains(label));
}
