using TorchSharp;

namespace VaeToolkit.Mega.Tests;

/// <summary>The tables that the published figures are of.</summary>
internal static class Tables
{
    public static TabularFile Read(string name)
        => TabularFile.Read(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "tabular", name + ".csv"));

    public static torch.Tensor Rows(string name) => Read(name).ToTensor();

    /// <summary>Every column shifted to mean 0 and scaled to variance 1, divisor n.</summary>
    public static torch.Tensor Standardised(string name)
    {
        var rows = Rows(name);
        var centred = rows - rows.mean([0L]);
        return centred / centred.square().mean([0L]).sqrt();
    }
}
