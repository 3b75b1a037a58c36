using VaeToolkit.Data;

namespace VaeToolkit.Samples;

/// <summary>The pictures that a sample trains on: real ones where there are any, else drawn ones.</summary>
internal static class SampleImages
{
    /// <param name="choice">auto, fashion-mnist, mnist, synthetic, or a folder with the four IDX files.</param>
    /// <param name="seed">Seed of the drawn digits.</param>
    public static (ImageData Images, string Name) Find(string choice, long seed)
    {
        switch (choice)
        {
            case "fashion-mnist":
                return (ImageData.FashionMnist(), "Fashion-MNIST");
            case "mnist":
                return (ImageData.Mnist(), "MNIST");
            case "synthetic":
                return (ImageData.SyntheticDigits(20_000, 2_000, seed), "synthetic digits");
            case "auto":
                return FindReal() ?? NoneFound(seed);
            default:
                return (ImageData.Mnist(choice), choice);
        }
    }

    private static (ImageData, string)? FindReal()
    {
        try
        {
            return (ImageData.FashionMnist(), "Fashion-MNIST");
        }
        catch (FileNotFoundException)
        {
        }
        try
        {
            return (ImageData.Mnist(), "MNIST");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static (ImageData, string) NoneFound(long seed)
    {
        Console.WriteLine("No real images found (Fashion-MNIST or MNIST; VAETOOLKIT_DATA can name their folder), so digits are drawn instead.");
        return (ImageData.SyntheticDigits(20_000, 2_000, seed), "synthetic digits");
    }
}
