namespace VaeToolkit;

/// <summary>
/// A published set of images in four IDX files: what the files are called, what they must hold, and where they can be had.
/// </summary>
/// <param name="Name">The name for people.</param>
/// <param name="Folder">The sub-folder in which it is looked for.</param>
/// <param name="Files">Training images, training labels, test images, test labels.</param>
/// <param name="FirstTestLabels">The first forty test labels, a digit each: they tell sets with the same file names apart.</param>
/// <param name="Mirrors">Addresses that the .gz files can be fetched from, tried in order.</param>
/// <param name="SystemFolder">Where a system package puts it, or null.</param>
/// <param name="HowToInstall">One sentence on how to get it without this library.</param>
internal sealed record ImageSet(
    string Name,
    string Folder,
    IReadOnlyList<ImageSetFile> Files,
    string FirstTestLabels,
    IReadOnlyList<Uri> Mirrors,
    string? SystemFolder,
    string HowToInstall)
{
    private const string TrainImages = "train-images-idx3-ubyte";
    private const string TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte";
    private const string TestLabels = "t10k-labels-idx1-ubyte";
    private const long TrainImagesLength = 16 + (60_000 * 784);
    private const long TestImagesLength = 16 + (10_000 * 784);

    public static ImageSet Mnist { get; } = new(
        "MNIST",
        "mnist",
        [
            new(TrainImages, TrainImagesLength, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            new(TrainLabels, 8 + 60_000, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            new(TestImages, TestImagesLength, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            new(TestLabels, 8 + 10_000, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ],
        "7210414959069015973496654074013134727121",
        [new("https://ossci-datasets.s3.amazonaws.com/mnist/"), new("https://storage.googleapis.com/cvdf-datasets/mnist/")],
        null,
        "put the four files (plain or .gz) into one of these folders");

    public static ImageSet FashionMnist { get; } = new(
        "Fashion-MNIST",
        "fashion-mnist",
        [
            new(TrainImages, TrainImagesLength, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            new(TrainLabels, 8 + 60_000, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            new(TestImages, TestImagesLength, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            new(TestLabels, 8 + 10_000, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ],
        "9211614657457341248025791460938833807579",
        [
            new("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
            new("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        ],
        "/usr/share/datasets/fashion-mnist",
        "on Debian and Ubuntu run 'apt-get install dataset-fashion-mnist', or put the four files (plain or .gz) into one of these folders");

    public static IReadOnlyList<ImageSet> Known => [Mnist, FashionMnist];
}
