using VaeToolkit;

namespace Documentation.Pages;

internal static class ElboPage
{
    public static void Discrepancy(int latentSize, TorchSharp.torch.Tensor codes, Prior prior)
    {
        #region
        var wae = new WaeMmd(new() { Weight = 10, Kernel = MmdKernel.InverseMultiquadratic(2.0 * latentSize) });
        var mmdVae = new InfoVae(new() { InformationPreference = 1, Scaling = 1000, Kernel = MmdKernel.Gaussian(2.0) });
        using var squared = Mmd.Squared(codes, prior.Sample(100), MmdKernel.Gaussian(2.0), MmdEstimator.Unbiased);
        #endregion
    }
}
