using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>64 draws of either model side by side: eight columns of the β-VAE, then eight of the MEGA-β-VAE.</summary>
internal static class DigitPictures
{
    public static void Save(string folder, Vae plain, Vae regularised, long seed)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (left, right) = (Draw(plain, seed), Draw(regularised, seed));
        SavePair(folder, "samples.png", left.Samples, right.Samples);
        SavePair(folder, "means.png", left.Means, right.Means);
        SavePair(folder, "deviations.png", left.Deviations, right.Deviations);
    }

    private static (torch.Tensor Samples, torch.Tensor Means, torch.Tensor Deviations) Draw(Vae vae, long seed)
    {
        using var random = SeedScope.Begin(seed);
        var likelihood = vae.Decode(vae.Prior.Sample(64));
        return (likelihood.Sample(), likelihood.Mean, likelihood.Variance.sqrt() * 2);
    }

    private static void SavePair(string folder, string name, torch.Tensor left, torch.Tensor right)
    {
        var rows = torch.stack([left.reshape(8, 8, 784), right.reshape(8, 8, 784)], dim: 1);
        var path = Path.Combine(folder, name);
        ImageGrid.Save(path, rows.reshape(128, 784), columns: 16);
        Console.WriteLine(
            $"{path}: left β-VAE, right MEGA-β-VAE{(name == "deviations.png" ? "; twice the standard deviation of every pixel" : "")}");
    }
}
