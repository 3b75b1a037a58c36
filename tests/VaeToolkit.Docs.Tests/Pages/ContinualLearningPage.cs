using VaeToolkit;
using VaeToolkit.Boosting;

namespace Documentation.Pages;

internal static class ContinualLearningPage
{
    public static void Tasks(Decoder decoder, ImageData train, ImageData test)
    {
        #region
        // Or TaskSequence.Of(train, test, [[0, 1], [2, 3]]).
        using var tasks = TaskSequence.OneClassEach(train, test, count: 4, validationItems: 10_000);
        var encoder = new MlpEncoder(784, 40, [300, 300]);
        using var vae = new Vae(encoder, decoder, new BoostedPrior(encoder, [1, 28, 28], new() { MaxComponents = 15 }));
        ContinualStrategy[] strategies = [new PriorBoosting(), new GeneratorRegularisation(), new ElasticWeightConsolidation()];
        var result = ContinualTrainer.Run(vae, tasks, strategies, new() { Folder = "runs/boosted", Resume = true });
        Console.WriteLine(result);                                               // the matrix task × task, and the mean of all tasks seen
        ImageGrid.Save("matrix.png", result.HeatMap(), scale: 24);
        Console.WriteLine($"forgetting {result.Forgetting}, backward transfer {result.BackwardTransfer} nats");
        #endregion
    }
}
