namespace VaeToolkit.Tests.Data;

public sealed class ImageFolderTests
{
    private static readonly byte[] s_train = [1, 2, 3];
    private static readonly byte[] s_test = [4, 5];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Places_are_searched_in_order_and_sub_folders_first(bool gzip)
    {
        using var folder = new TemporaryFolder();
        var places = Places(folder);
        string[] lastToFirst = ["cache/mnist", "data", "data/mnist", "env", "env/mnist", "given", "given/mnist"];
        for (byte i = 0; i < lastToFirst.Length; i++)
        {
            IdxContent.WriteSet(folder[lastToFirst[i]], [i, .. s_train], s_test, gzip);
            var isGiven = lastToFirst[i].StartsWith("given", StringComparison.Ordinal);
            using var data = ImageFolder.Load(
                ImageSet.Mnist, isGiven ? places : places with { Given = null }, Binarisation.None, download: false);
            data.ReadLabels().Should().Equal([i, 1, 2, 3], lastToFirst[i]);
            data.Test!.ReadLabels().Should().Equal(4, 5);
            data.ItemShape.Should().Equal(1, 2, 2);
        }
    }

    [Fact]
    public void When_the_files_are_nowhere_every_place_and_what_it_lacks_is_listed()
    {
        using var folder = new TemporaryFolder();
        IdxContent.WriteSet(folder["env"], s_train, s_test);
        File.Delete(folder["env/t10k-labels-idx1-ubyte"]);
        Directory.CreateDirectory(folder["data"]);
        var load = () => ImageFolder.Load(ImageSet.Mnist, Places(folder) with { Given = null }, Binarisation.None, download: false);
        var message = load.Should().Throw<FileNotFoundException>().Which.Message;
        message.Should().Contain("MNIST is in none of these places").And.NotContain("the folder given")
            .And.Contain($"{folder["env"]} (VAETOOLKIT_DATA): lacks t10k-labels-idx1-ubyte")
            .And.Contain($"{folder["data"]} (./data): none of the files")
            .And.Contain($"{folder["cache/mnist"].Replace('/', Path.DirectorySeparatorChar)} (the user's cache)")
            .And.Contain("download: true");
    }

    [Fact]
    public void A_folder_that_is_given_and_lacks_the_files_is_refused_and_nowhere_else_is_looked()
    {
        using var folder = new TemporaryFolder();
        foreach (var elsewhere in new[] { "env", "data", "cache" })
            IdxContent.WriteSet(folder[elsewhere], s_train, s_test);
        Load(download: false).Should().Throw<FileNotFoundException>().Which.Message.Should()
            .Contain($"{folder["given"]} (the folder given): no such folder").And.Contain("(train-images-idx3-ubyte, ")
            .And.Contain("or give no folder, to look in VAETOOLKIT_DATA").And.NotContain(folder["env"]).And.NotContain(folder["cache"]);
        // Whoever lets it be fetched into the cache takes what was fetched before, and no other.
        Load(download: true)().ReadLabels().Should().Equal(1, 2, 3);
        FluentActions.Invoking(() => ImageData.Mnist(" ")).Should().Throw<ArgumentException>().WithMessage("*empty text*pass null*");

        Func<ImageData> Load(bool download) => () => ImageFolder.Load(ImageSet.Mnist, Places(folder), Binarisation.None, download);
    }

    [Fact]
    public void The_systems_folder_is_searched_last_for_Fashion_MNIST()
    {
        using var folder = new TemporaryFolder();
        var places = Places(folder) with { Given = null };
        places.For(ImageSet.FashionMnist, download: false).Last().Folder.Should().Be("/usr/share/datasets/fashion-mnist");
        Places(folder).For(ImageSet.FashionMnist, download: false).Should().OnlyContain(place => place.Folder.StartsWith(folder["given"]));
        places.For(ImageSet.Mnist, download: false).Should().OnlyContain(place => place.Folder.StartsWith(folder.Folder));
    }

    [Fact]
    public void Labels_that_do_not_fit_the_images_are_refused()
    {
        using var folder = new TemporaryFolder();
        IdxContent.WriteSet(folder["given"], s_train, s_test);
        File.WriteAllBytes(folder["given/train-labels-idx1-ubyte"], IdxContent.With([1, 2], 2));
        var load = () => ImageFolder.Load(ImageSet.Mnist, Places(folder), Binarisation.None, download: false);
        load.Should().Throw<IdxException>().WithMessage("*train-labels*3 labels were expected*[2]*");
        File.WriteAllBytes(folder["given/train-images-idx3-ubyte"], IdxContent.With([1, 2, 3], 3));
        load.Should().Throw<IdxException>().WithMessage("*train-images*[N, H, W]*[3]*");
    }

    // As published: the labels of the first forty test images.
    [Theory]
    [InlineData("MNIST", "7210414959069015973496654074013134727121")]
    [InlineData("Fashion-MNIST", "9211614657457341248025791460938833807579")]
    public void A_set_is_not_taken_for_the_other_whose_files_have_the_same_names(string name, string labels)
    {
        using var folder = new TemporaryFolder();
        IdxContent.WriteSet(folder["given"], s_train, [.. labels.Select(label => (byte)(label - '0')), 3]);
        var places = Places(folder);
        var (own, other) = name == "MNIST" ? (ImageSet.Mnist, ImageSet.FashionMnist) : (ImageSet.FashionMnist, ImageSet.Mnist);
        using var data = ImageFolder.Load(own, places, Binarisation.None, download: false);
        data.Test!.Count.Should().Be(41);
        var load = () => ImageFolder.Load(other with { SystemFolder = null }, places, Binarisation.None, download: false);
        load.Should().Throw<FileNotFoundException>().WithMessage($"*holds {name}*");
    }

    [RealDataFact("mnist/train-images-idx3-ubyte.gz")]
    public void Real_MNIST_is_found_and_is_not_taken_for_Fashion_MNIST()
    {
        using var data = ImageData.Mnist(binarisation: Binarisation.None);
        (data.Count, data.Test!.Count).Should().Be((60_000, 10_000));
        data.ReadLabels().Should().StartWith([5, 0, 4, 1, 9]);
        // 33.318421 is the mean byte of the training images.
        var mean = data.InOrder(10_000).Select(batch => batch.Items.mean().item<float>()).Average();
        mean.Should().BeApproximately(33.318421f / 255, 1e-5f);
        var folder = Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "mnist");
        using var empty = new TemporaryFolder();
        var places = new SearchPlaces(folder, null, empty.Folder, empty.Folder);
        var load = () => ImageFolder.Load(ImageSet.FashionMnist with { SystemFolder = null }, places, Binarisation.None, download: false);
        load.Should().Throw<FileNotFoundException>().WithMessage("*holds MNIST*");
    }

    private static SearchPlaces Places(TemporaryFolder folder) =>
        new(folder["given"], folder["env"], folder["data"], folder["cache"]);
}
