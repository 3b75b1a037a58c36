using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Images kept as bytes in one tensor, with labels. Batches come out as <c>[n, C, H, W]</c> with values in [0, 1], float32 unless
/// <see cref="To(torch.ScalarType)"/> is asked for another type; how bytes become values is the <see cref="Binarisation"/>.
/// </summary>
public sealed class ImageData : DataSource
{
    // Evaluation draws from other random numbers than any epoch of training.
    private const int EvaluationEpoch = -1;
    private const byte Threshold = 127;

    // Grey, colour and opacity: a picture whose last axis has no more, and the others do, has its channels there.
    private const long MostChannels = 4;

    private readonly ItemStore _store;
    private readonly int[]? _writers;

    private ImageData(ItemStore store, Binarisation binarisation, ImageData? test, int[]? writers) =>
        (_store, Binarisation, Test, _writers) = (store, binarisation, test, writers);

    /// <inheritdoc/>
    public override long Count => _store.Count;

    /// <summary>Shape of one image, <c>[C, H, W]</c>.</summary>
    public override IReadOnlyList<long> ItemShape => _store.ItemShape;

    /// <summary>How bytes become values.</summary>
    public Binarisation Binarisation { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings
        => new Dictionary<string, string> { [nameof(Binarisation)] = OptionText.Of(Binarisation) };

    /// <summary>The test images that came with these, or null. They are disposed with this object.</summary>
    public ImageData? Test { get; }

    /// <summary>What was odd about the files and was read nevertheless, such as bytes that follow the values; or null.</summary>
    public string? Warning { get; internal set; }

    /// <summary>Whether images have labels.</summary>
    public bool HasLabels => _store.HasLabels;

    /// <summary>The type of the batches' items, float32 unless <see cref="To(torch.ScalarType)"/> has made it another.</summary>
    public torch.ScalarType Type { get; private init; } = torch.ScalarType.Float32;

    /// <summary>Where the images are held.</summary>
    public torch.Device Device => _store.Device;

    /// <summary>MNIST: 60 000 training and 10 000 test images of handwritten digits, <c>[1, 28, 28]</c>.</summary>
    /// <remarks>
    /// The four files (plain or .gz) are looked for in <paramref name="folder"/>, or where none is given in the folder that the
    /// environment variable <c>VAETOOLKIT_DATA</c> names, in <c>./data</c>, and in the user's cache; under each first in its sub-folder
    /// <c>mnist</c>.
    /// </remarks>
    /// <param name="folder">
    /// The folder to look in, and with <paramref name="download"/> in the cache, but nowhere else; null for the places above.
    /// </param>
    /// <param name="binarisation">
    /// How bytes become values. The default suits Bernoulli pixels: the likelihood of 0 and 1 is a probability.
    /// </param>
    /// <param name="download">Whether to fetch the files into the user's cache when they are nowhere; checksums are verified.</param>
    /// <exception cref="ArgumentException">The folder is an empty text.</exception>
    /// <exception cref="FileNotFoundException">The files are nowhere; the message lists every place and how to get them.</exception>
    /// <exception cref="IdxException">A file is damaged.</exception>
    /// <exception cref="DownloadException">The files could not be fetched.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The binarisation is none of the enumeration's values.</exception>
    public static ImageData Mnist(string? folder = null, Binarisation binarisation = Binarisation.Threshold, bool download = false) =>
        ImageFolder.Load(ImageSet.Mnist, SearchPlaces.Default(folder), binarisation, download);

    /// <summary>Fashion-MNIST: 60 000 training and 10 000 test images of clothes, <c>[1, 28, 28]</c>.</summary>
    /// <remarks>
    /// Looked for as <see cref="Mnist"/> is, in sub-folders <c>fashion-mnist</c>, and last where Debian's package <c>dataset-fashion-
    /// mnist</c> puts it.
    /// </remarks>
    /// <param name="folder">
    /// The folder to look in, and with <paramref name="download"/> in the cache, but nowhere else; null for the places above.
    /// </param>
    /// <param name="binarisation">
    /// How bytes become values. The default suits Bernoulli pixels: the likelihood of 0 and 1 is a probability.
    /// </param>
    /// <param name="download">Whether to fetch the files into the user's cache when they are nowhere; checksums are verified.</param>
    /// <exception cref="ArgumentException">The folder is an empty text.</exception>
    /// <exception cref="FileNotFoundException">The files are nowhere; the message lists every place and how to get them.</exception>
    /// <exception cref="IdxException">A file is damaged.</exception>
    /// <exception cref="DownloadException">The files could not be fetched.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The binarisation is none of the enumeration's values.</exception>
    public static ImageData FashionMnist(
        string? folder = null, Binarisation binarisation = Binarisation.Threshold, bool download = false) =>
        ImageFolder.Load(ImageSet.FashionMnist, SearchPlaces.Default(folder), binarisation, download);

    /// <summary>
    /// CIFAR-10: 50 000 training and 10 000 test colour pictures of ten classes, <c>[3, 32, 32]</c>, from the files of its binary version.
    /// </summary>
    /// <remarks>
    /// <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>, those that are there and at least one, are the training pictures, in that order;
    /// <c>test_batch.bin</c> has the test pictures. A file may have fewer records than the official 10 000. They are looked for as
    /// <see cref="Mnist"/>'s are, in sub-folders <c>cifar-10</c> and <c>cifar-10-batches-bin</c>. Labels: 0 airplane, 1 automobile, 2 bird,
    /// 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck.
    /// </remarks>
    /// <param name="folder">The folder to look in, and nowhere else; null for the places above.</param>
    /// <param name="binarisation">How bytes become values; by default k / 255.</param>
    /// <exception cref="ArgumentException">The folder is an empty text.</exception>
    /// <exception cref="FileNotFoundException">The files are nowhere; the message lists every place and how to get them.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names the file and the byte.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The binarisation is none of the enumeration's values.</exception>
    public static ImageData Cifar10(string? folder = null, Binarisation binarisation = Binarisation.None)
        => CifarFolder.Load(SearchPlaces.Default(folder), binarisation);

    /// <summary>
    /// Digits 0 to 9 drawn by the program in the style of several writers, <c>[1, 28, 28]</c>: for machines without data.
    /// </summary>
    /// <param name="count">Number of images, at least 1.</param>
    /// <param name="testCount">Number of test images, at least 0.</param>
    /// <param name="seed">The images are a function of it and of nothing else.</param>
    /// <param name="writers">Number of writers, who differ in slant, width, pen and the shape of their digits; at least 1.</param>
    /// <param name="binarisation">How bytes become values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static ImageData SyntheticDigits(
        int count = 10_000, int testCount = 2_000, long seed = 0, int writers = 10, Binarisation binarisation = Binarisation.Threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(testCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(writers, 1);
        OptionRange.RequireKnown(binarisation, nameof(binarisation));
        var painter = new DigitPainter(seed, writers);
        var test = testCount == 0 ? null : Drawn(painter.Draw(testCount, stream: 1), null, binarisation);
        return Drawn(painter.Draw(count, stream: 0), test, binarisation);
    }

    /// <summary>Images from a tensor of bytes, which is neither kept nor disposed.</summary>
    /// <param name="images">uint8 <c>[N, C, H, W]</c> or <c>[N, H, W]</c>, 0 black and 255 white.</param>
    /// <param name="labels">Labels <c>[N]</c> of any integer type, or null.</param>
    /// <param name="binarisation">How bytes become values.</param>
    /// <param name="test">Test images, which the new object takes over, or null.</param>
    /// <exception cref="ArgumentException">Wrong type or shape, no images, or another number of labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The binarisation is none of the enumeration's values.</exception>
    public static ImageData FromTensor(
        torch.Tensor images, torch.Tensor? labels = null, Binarisation binarisation = Binarisation.None, ImageData? test = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        OptionRange.RequireKnown(binarisation, nameof(binarisation));
        if (images.dtype != torch.uint8)
            throw new ArgumentException(
                $"Images must be bytes (uint8), but are {images.dtype}; use TensorData for floating-point values.", nameof(images));
        if (images.shape.Length is not (3 or 4) || images.numel() == 0)
            throw new ArgumentException(
                $"Images must be [N, C, H, W] or [N, H, W] with at least one pixel, but the shape is {Shape.Text(images.shape)}.",
                nameof(images));
        if (images.shape is [_, > MostChannels, > MostChannels, <= MostChannels])
            throw new ArgumentException(
                $"Images are [N, C, H, W], but the shape is {Shape.Text(images.shape)}, with the channels last; permute them first, "
                + "images.permute(0, 3, 1, 2); what is no picture goes into TensorData.", nameof(images));
        using var scope = torch.NewDisposeScope();
        var square = images.shape.Length == 4 ? images.detach() : images.detach().unsqueeze(1);
        return Own(square.clone().contiguous(), labels, binarisation, test);
    }

    /// <summary>
    /// Splits at random into two parts that share the memory; they are good for as long as this object is, and have no test images.
    /// </summary>
    /// <param name="first">Number of images of the first part, at least 1 and below <see cref="Count"/>.</param>
    /// <param name="seed">The split is a function of it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part would be empty.</exception>
    public (ImageData First, ImageData Second) Split(long first, long seed)
    {
        var (one, other) = _store.Split(first, seed);
        return (new ImageData(one, Binarisation, null, _writers) { Warning = Warning, Type = Type },
            new ImageData(other, Binarisation, null, _writers) { Warning = Warning, Type = Type });
    }

    /// <summary>
    /// The first images in stored order; the part shares the memory, is good for as long as this object is, and has no test images.
    /// </summary>
    /// <param name="count">Number of images, at least 1 and at most <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is out of range.</exception>
    public ImageData First(long count) => new(_store.First(count), Binarisation, null, _writers) { Warning = Warning, Type = Type };

    /// <summary>
    /// Some of the images, such as those of a class; the part shares the memory, is good for as long as this object is,
    /// and has no test images.
    /// </summary>
    /// <param name="indices">Places in stored order, from 0, at least one, in the order that the part shall have;
    /// a place may be given twice.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public ImageData Select(IReadOnlyList<long> indices)
        => new(_store.Select(indices), Binarisation, null, _writers) { Warning = Warning, Type = Type };

    /// <summary>
    /// A copy on a device, test images included, which the caller disposes. Move before splitting: a part that is moved is numbered anew,
    /// so random binarisation draws other pictures for it.
    /// </summary>
    /// <param name="device">Where to.</param>
    public ImageData To(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new ImageData(_store.To(device), Binarisation, Test?.To(device), ReadWriters()) { Warning = Warning, Type = Type };
    }

    /// <summary>As <see cref="To(torch.Device)"/>, to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public ImageData To(string device) => To(DeviceName.Parse(device));

    /// <summary>
    /// The same images with batches of another type, such as float64 for a model of that type: k / 255 is rounded once, to the type.
    /// Convert before splitting, as with <see cref="To(torch.Device)"/>.
    /// </summary>
    /// <param name="type">float32 or float64.</param>
    /// <returns>New images, on the same device, which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is another type.</exception>
    public ImageData To(torch.ScalarType type) => type is torch.ScalarType.Float32 or torch.ScalarType.Float64
        ? new(_store.To(Device), Binarisation, Test?.To(type), ReadWriters()) { Warning = Warning, Type = type }
        : throw new ArgumentOutOfRangeException(nameof(type), type, "the type of images must be float32 or float64");

    /// <summary>The labels of these images in stored order, or null when there are none.</summary>
    public long[]? ReadLabels() => _store.ReadLabels();

    /// <summary>Who drew each image, from 0, in stored order; null for other images than <see cref="SyntheticDigits"/>.</summary>
    public int[]? ReadWriters() => _writers is null ? null : Array.ConvertAll(_store.Rows(), row => _writers[row]);

    /// <summary>A hash of all images and labels, in stored order.</summary>
    public override string? Fingerprint() => _store.Fingerprint();

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => BatchesFor(null, size, seed, epoch);

    internal override IEnumerable<Batch> BatchesFor(RankGroup? ranks, int size, long seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return _store.Shuffled(size, seed, epoch, (bytes, rows, there) => ToValues(bytes, rows, there, seed, epoch), ranks);
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => InOrderFor(null, size, seed);

    internal override IEnumerable<Batch> InOrderFor(RankGroup? ranks, int size, long seed)
        => _store.InOrder(size, (bytes, rows, there) => ToValues(bytes, rows, there, seed, EvaluationEpoch), ranks);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _store.Dispose();
        Test?.Dispose();
    }

    /// <summary>
    /// Images <c>[N, C, H, W]</c> in fresh memory, which the new object takes over: a set is large, so it is copied as seldom as can be.
    /// </summary>
    internal static ImageData Own(torch.Tensor images, torch.Tensor? labels, Binarisation binarisation, ImageData? test)
    {
        // With a fixed threshold the bytes are not needed again: 0 and 1 are stored, and a batch is one conversion.
        if (binarisation == Binarisation.Threshold)
            images.gt_(Threshold);
        var ids = labels is null ? null : LabelTensor.Prepare(labels, images).clone();
        return new ImageData(new ItemStore(images, ids), binarisation, test, writers: null);
    }

    private static ImageData Drawn(DrawnDigits digits, ImageData? test, Binarisation binarisation)
    {
        using var scope = torch.NewDisposeScope();
        var images = torch.empty([digits.Labels.Length, 1, DigitPainter.Side, DigitPainter.Side], dtype: torch.uint8, device: torch.CPU);
        digits.Pixels.CopyTo(images.bytes);
        var plain = Own(images, torch.tensor(digits.Labels, torch.int64, torch.CPU), binarisation, test: null);
        return new ImageData(plain._store, binarisation, test, digits.Writers);
    }

    private torch.Tensor ToValues(torch.Tensor bytes, ReadOnlySpan<long> rows, torch.Tensor rowsThere, long seed, int epoch)
        => Binarisation switch
        {
            Binarisation.None => bytes.to(Type).div_(255),
            Binarisation.Threshold => bytes.to(Type),
            _ => bytes.gt(RandomThresholds.For(bytes, rows, rowsThere, seed, epoch)).to(Type),
        };
}
