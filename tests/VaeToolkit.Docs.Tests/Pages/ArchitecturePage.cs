using TorchSharp;
using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class ArchitecturePage
{
    public static void Devices(ImageData data, Vae vae, TrainingOptions options)
    {
        #region
        using var images = data.To(torch.CUDA);
        vae.to(torch.CUDA);
        Trainer.Fit(vae, new Elbo(), images, options: options);
        #endregion
    }
}
