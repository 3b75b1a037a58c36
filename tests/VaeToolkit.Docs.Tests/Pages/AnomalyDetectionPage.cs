using TorchSharp;
using VaeToolkit;
using VaeToolkit.Evaluation;

namespace Documentation.Pages;

internal static class AnomalyDetectionPage
{
    public static void Detect(
        Vae vae, DataSource heldOutNormalItems, torch.Tensor items, DataSource normalItems, DataSource anomalies)
    {
        #region
        using var detector = AnomalyDetector.Fit(vae, heldOutNormalItems, new() { Quantile = 0.95 });
        Console.WriteLine(detector);                          // Likelihood above 211.894 (95 % interval 207.894 to 218.145), …
        double[] scores = detector.Score(items);              // in nats, larger for stranger items
        bool[] strange = detector.IsAnomaly(items);
        torch.Tensor where = detector.Contributions(items);   // which pixels or columns, in the items' shape
        AnomalyReport report = detector.Test(normalItems, anomalies);
        #endregion
    }
}
