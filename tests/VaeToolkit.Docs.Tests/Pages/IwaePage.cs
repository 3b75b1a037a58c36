using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class IwaePage
{
    public static void Fit(Vae vae, DataSource train)
    {
        #region
        Trainer.Fit(vae, new Iwae(samples: 50, new() { Estimator = GradientEstimator.DoublyReparameterised }), train);
        var miwae = new Iwae(samples: 8, new() { Groups = 8 });
        #endregion
    }
}
