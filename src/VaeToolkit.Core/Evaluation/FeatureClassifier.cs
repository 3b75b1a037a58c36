using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Evaluation;

/// <summary>
/// A small convolutional classifier whose last hidden layer gives features for
/// <see cref="Evaluate.FrechetDistance(Func{torch.Tensor, torch.Tensor}, DataSource, DataSource, int, long, CancellationToken)"/>: two 4×4
/// convolutions of stride 2 with 16 and 32 channels, a hidden layer of F, and the classes. It is trained on the user's own labelled images;
/// distances in its features are no FID and compare only with others of the same trained classifier.
/// </summary>
public sealed class FeatureClassifier : Module<torch.Tensor, torch.Tensor>, IDescribedPart
{
    internal const string PartName = "feature-classifier";

    // More classes than that, and than images, are numbers of something else, such as of patients.
    private const long MostSparseClasses = 1 << 16;

    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly long[] _itemShape;

    private FeatureClassifier(long[] itemShape, long classes, int features)
        : base(nameof(FeatureClassifier))
    {
        var (c, h, w) = (itemShape[0], itemShape[1], itemShape[2]);
        _itemShape = itemShape;
        (Classes, FeatureCount) = (classes, features);
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        _trunk = Sequential(
            ("conv1", Conv2d(c, 16, kernel_size: 4, stride: 2, padding: 1)),
            ("act1", ReLU()),
            ("conv2", Conv2d(16, 32, kernel_size: 4, stride: 2, padding: 1)),
            ("act2", ReLU()),
            ("flatten", Flatten()),
            ("fc", Linear(32 * (h / 4) * (w / 4), features)),
            ("act3", ReLU()));
        _head = Linear(features, classes);
        register_module("trunk", _trunk);
        register_module("head", _head);
    }

    /// <summary>Y, classes.</summary>
    public long Classes { get; }

    /// <summary>F, features.</summary>
    public int FeatureCount { get; }

    /// <summary>Trains a classifier on labelled images. The caller's random numbers are left as they were.</summary>
    /// <param name="images">Images <c>[C, H, W]</c> with H and W divisible by 4, labelled from 0.</param>
    /// <param name="options">Size, epochs and seed; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The classifier, in evaluation mode; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There are no labels, a label is negative, or 65,536 or more and not below the number of images;
    /// or the images have a shape that cannot be halved twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="NonFiniteLossException">The loss or a parameter became NaN or infinite.</exception>
    public static FeatureClassifier Train(
        ImageData images, FeatureClassifierOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        options = (options ?? new()).Validated();
        var classes = RequireLabels(images);
        using var seed = SeedScope.Begin(options.Seed);
        var classifier = new FeatureClassifier([.. images.ItemShape], classes, options.Features);
        try
        {
            classifier.to(images.Device);
            TrainingRecord.Set(classifier, TrainingRecord.From("CrossEntropy", OptionText.ByName(options), images, options.Seed));
            using var optimizer = Optimizers.Adam(classifier.parameters(), options.LearningRate);
            var steps = 0L;
            for (var epoch = 0; epoch < options.Epochs; epoch++)
                steps = classifier.RunEpoch(images, optimizer, options, epoch, steps, cancellationToken);
            classifier.eval();
            return classifier;
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    /// <summary>The logits of the classes, <c>[N, Y]</c>.</summary>
    /// <param name="input">Images <c>[N, C, H, W]</c>, or flat ones <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">The images have another size.</exception>
    public override torch.Tensor forward(torch.Tensor input) => _head.forward(Hidden(input));

    /// <summary>The features, <c>[N, F]</c>, each at least 0; without gradients.</summary>
    /// <param name="x">Images <c>[N, C, H, W]</c>, or flat ones <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">The images have another size.</exception>
    /// <exception cref="ArithmeticException">A feature is NaN; the message names the image.</exception>
    public torch.Tensor Features(torch.Tensor x)
    {
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        return Shape.RequireAnswers(Hidden(x), nameof(x)).MoveToOuterDisposeScope();
    }

    /// <summary>The share of images that are given their own label, in [0, 1].</summary>
    /// <param name="images">Labelled images.</param>
    /// <exception cref="ArgumentException">There are no labels.</exception>
    public double Accuracy(ImageData images)
    {
        ArgumentNullException.ThrowIfNull(images);
        RequireLabels(images);
        using var mode = EvaluationMode.Enter(this);
        double correct = 0;
        foreach (var batch in images.InOrder(500))
        {
            // Its own: the feature maps of all batches together would be hundreds of megabytes.
            using var scope = torch.NewDisposeScope();
            correct += forward(batch.Items).argmax(1).eq(batch.Labels!).sum().ToDouble();
        }
        return correct / images.Count;
    }

    /// <summary>The sizes.</summary>
    public override string ToString()
        => $"{nameof(FeatureClassifier)} {Shape.Text(_itemShape)} → {FeatureCount} features → {Classes} classes";

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public FeatureClassifier to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>Writes the classifier as a model folder, whole: <see cref="ModelFolder.Save"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string folder) => ModelFolder.Save(this, folder);

    /// <summary>Makes the classifier of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ModelFolderException">It holds something else, or is damaged.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static FeatureClassifier Load(string folder) => ModelFolder.Load<FeatureClassifier>(folder);

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("item_shape", _itemShape)
        .With("classes", Classes).With("features", FeatureCount);

    internal static FeatureClassifier From(PartOptions options)
    {
        var (item, classes, features) = (options.WholeNumbers("item_shape"), options.WholeNumber("classes"), options.Count("features"));
        RequireImages(item, "item_shape");
        Shape.RequirePositive(classes, "the number of classes", "classes");
        Shape.RequirePositive(features, "the number of features", "features");
        options.RequireWeights(2, item[1] / 4, item[2] / 4, 16, features);
        options.RequireWeights(item[0], 16, 16);
        options.RequireWeights(classes, features);
        return new([.. item], classes, features);
    }

    // Returns the steps taken by its end.
    private long RunEpoch(
        ImageData images, torch.optim.Optimizer optimizer, FeatureClassifierOptions options, int epoch, long steps,
        CancellationToken cancellationToken)
    {
        using var unread = new UnreadSteps(this, _ => { });
        foreach (var batch in images.Batches((int)Math.Min(options.BatchSize, images.Count), options.Seed, epoch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            optimizer.zero_grad();
            var loss = functional.cross_entropy(forward(batch.Items), batch.Labels!);
            loss.backward();
            unread.Add(new(steps++, batch.Size, new(loss), norm: null));
            optimizer.step();
        }
        unread.Read();
        // What the last step has spoiled shows in no loss any more.
        new FiniteState(this, endsWithOneItem: false).Require(steps);
        return steps;
    }

    private torch.Tensor Hidden(torch.Tensor x)
    {
        var images = Shape.Flat(x, _itemShape, nameof(x)).reshape(-1, _itemShape[0], _itemShape[1], _itemShape[2]);
        return EngineError.Of(this, images, nameof(x), () => _trunk.forward(images));
    }

    private static void RequireImages(IReadOnlyList<long> itemShape, string name)
    {
        var item = Shape.RequireItemShape(itemShape, name);
        if (item.Length != 3 || item[1] % 4 != 0 || item[2] % 4 != 0)
            throw new ArgumentException($"images are {Shape.Text(item)}; height and width must be divisible by 4", name);
    }

    private static long RequireLabels(ImageData images)
    {
        RequireImages(images.ItemShape, nameof(images));
        var labels = images.ReadLabels() ?? throw new ArgumentException("the images have no labels to learn from", nameof(images));
        var (least, most) = (labels.Min(), labels.Max());
        if (least < 0)
            throw new ArgumentException($"a label is {least}; labels are numbered from 0", nameof(images));
        return most < Math.Max(MostSparseClasses, labels.LongLength) ? most + 1 : throw new ArgumentException(FormattableString.Invariant(
            $"a label is {most}, and labels are numbered from 0: of {labels.Distinct().LongCount()} labels that there are, {most} or more ")
            + "classes would be made; number the classes from 0 without gaps", nameof(images));
    }
}
