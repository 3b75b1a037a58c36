using TorchSharp;
using VaeToolkit;
using VaeToolkit.Storage;

namespace Documentation.Pages;

internal static class PytorchWeightsPage
{
    public static void BothWays(Vae vae, WeightNames names)
    {
        #region
        PyTorchWeights.Load(vae, "from-pytorch.safetensors", names);
        PyTorchWeights.Save(vae, "to-pytorch.safetensors", names);
        PyTorchWeights.Save(vae, "half.safetensors", names, torch.bfloat16);
        #endregion
    }

    public static void Names(Vae vae)
    {
        #region
        var names = WeightNames.Numbered(vae)                 // layers of a Sequential by number, as nn.Sequential has them
            .With("encoder.trunk", "encoder").With("encoder.head", "encoder.4")
            .With("decoder.trunk", "decoder").With("decoder.head", "decoder.4");
        foreach (var (ours, theirs) in names.Table(vae))
            Console.WriteLine($"{ours}  {theirs}");
        #endregion
    }
}
