using VaeToolkit;
using VaeToolkit.Boosting;
using VaeToolkit.Training;
#pragma warning disable VT0003 // research-grade: experimental.md

namespace Documentation.Pages;

internal static class BoostingPage
{
    public static void Density(Func<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> LogPosterior, TorchSharp.torch.Tensor points)
    {
        #region
        var target = new DensityTarget(size: 2, points => LogPosterior(points));          // [K, D] to [K], up to a constant
        using var result = Mpvi.Fit(target, new() { Components = 10, Seed = 1 });
        foreach (var report in result.Reports)
            Console.WriteLine(report);                                              // objective, entropy, weight, components in use, bound
        var logDensity = result.Mixture.LogDensity(points);                               // [N], in nats
        #endregion
    }

    public static void Prior(Encoder encoder, Decoder decoder, DataSource train, DataSource validation, TrainingOptions options)
    {
        #region
        var prior = new BoostedPrior(encoder, pseudoInputShape: [784], new() { MaxComponents = 50 });
        using var vae = new Vae(encoder, decoder, prior);                        // nothing else of the model changes
        using var growth = new BoostedGrowth(prior, train, new() { StepsPerComponent = 57, Components = 15, PruneAt = 30 * 57 });
        Trainer.Fit(vae, new Elbo(), train, validation, options, [growth]);
        prior.EndTask();                                                         // components are stored for sampling
        #endregion
    }

    public static void Classifier(TorchSharp.torch.Tensor images)
    {
        #region
        using var mnist = ImageData.Mnist(binarisation: Binarisation.None);
        using var classifier = new IncrementalClassifier(ClassifierNetwork.LeNet5(), mnist, IncrementalMethod.Mixture);
        for (var pair = 0L; pair < 5; pair++)
        {
            Console.WriteLine(classifier.Learn([2 * pair, 2 * pair + 1]));               // the step's report
            Console.WriteLine(classifier.Accuracy(mnist.Test!));                         // on all pairs so far, and on each
        }
        using var predictor = classifier.Predictor();
        var probabilities = predictor.Probabilities(images);                              // [N, 10]
        #endregion
    }
}
