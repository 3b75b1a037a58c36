using VaeToolkit;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class InformationBottleneckPage
{
    public static void Fit(ImageData mnist, TwoViews testPairs)
    {
        #region
        using var pairs = TwoViews.OfLabels(mnist, classes: 10);              // or TwoViews.Of(inputTensor, targetTensor)
        using var model = new InformationBottleneck(
            new MlpEncoder(784, latentSize: 256, hidden: [1024, 1024]),
            new LinearDecoder(256, new ClassLikelihood(10)),
            new StandardNormalPrior(256), 784);
        Trainer.Fit(model, new BottleneckObjective(new() { Beta = BetaWeight.OnKl(1e-3) }), pairs, options: new() { Epochs = 20 });
        InformationPoint point = InformationPlane.Measure(model, testPairs);   // rate, information, active dimensions, standard errors
        Console.WriteLine(point.In(InformationUnit.Bits));
        #endregion
    }

    public static void Curve(InformationBottleneck model, TwoViews train, TwoViews test)
    {
        #region
        BetaWeight[] betas = [.. new[] { 20.0, 10, 5, 2, 1.5 }.Select(BetaWeight.OnReconstruction)];
        var curve = InformationPlane.Trace(model, train, test, new() { Betas = betas });
        var (collapsed, alive) = curve.CollapsePoint();                         // the critical β lies between the two
        #endregion
    }
}
