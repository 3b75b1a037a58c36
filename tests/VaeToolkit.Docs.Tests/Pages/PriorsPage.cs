using VaeToolkit;

namespace Documentation.Pages;

internal static class PriorsPage
{
    public static void Vamp(Decoder decoder, TorchSharp.torch.Tensor firstItems)
    {
        #region
        var encoder = new MlpEncoder(784, 40, [300, 300]);
        using var vae = new Vae(encoder, decoder, new VampPrior(encoder, [784], 500, new() { InitialInputs = firstItems }));
        #endregion
    }
}
