namespace VaeToolkit.Samples;

/// <summary>The pictures that a sample trains on: real ones where there are any, else drawn ones.</summary>
internal static class SampleImages
{
    /// <param name="choice">auto, mnist-first, fashion-mnist, mnist, synthetic, or a folder with the four IDX files.</param>
    /// <param name="seed">Seed of the drawn digits.</param>
    /// <param name="binarisation">How bytes become values.</param>
    public static (ImageData Images, string Name) Find(string choice, long seed, Binarisation binarisation = Binarisation.Threshold)
    {
        (ImageData, string) Fashion() => (ImageData.FashionMnist(binarisation: binarisation), "Fashion-MNIST");
        (ImageData, string) Mnist() => (ImageData.Mnist(binarisation: binarisation), "MNIST");
        (ImageData, string) Drawn() => (ImageData.SyntheticDigits(20_000, 2_000, seed, binarisation: binarisation), "synthetic digits");
        return choice switch
        {
            "fashion-mnist" => Fashion(),
            "mnist" => Mnist(),
            "synthetic" => Drawn(),
            "auto" => FirstFound(Fashion, Mnist) ?? NoneFound(Drawn),
            "mnist-first" => FirstFound(Mnist, Fashion) ?? NoneFound(Drawn),
            _ => (ImageData.Mnist(choice, binarisation), choice),
        };
    }

    private static (ImageData, string)? FirstFound(params Func<(ImageData, string)>[] sources)
    {
        foreach (var source in sources)
        {
            try
            {
                return source();
            }
            catch (FileNotFoundException)
            {
                // The next source may be there.
            }
        }
        return null;
    }

    private static (ImageData, string) NoneFound(Func<(ImageData, string)> drawn)
    {
        Console.WriteLine(
            "No real images found (Fashion-MNIST or MNIST; VAETOOLKIT_DATA can name their folder), so digits are drawn instead.");
        return drawn();
    }
}
