using TorchSharp;
using VaeToolkit;
using VaeToolkit.Archetypes;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class ArchetypesPage
{
    public static void Linear(torch.Tensor items, torch.Tensor newItems)
    {
        #region
        var fit = LinearArchetypes.Fit(items, archetypes: 3, new() { Seed = 1 });
        Console.WriteLine(fit);                                      // explained variance, residual, iterations
        double[,] archetypes = fit.Archetypes(), weights = fit.Weights();
        double[,] others = fit.WeightsOf(newItems);                  // the nearest point of the archetypes' hull
        #endregion
    }

    public static void Deep(torch.Tensor items)
    {
        #region
        using var model = new DeepArchetypes(
            ArchetypeEncoder.Mlp(inputSize: 8, archetypes: 3, hidden: [64]),      // or .Convolutional(...), or a trunk of your own
            new MlpDecoder(latentSize: 2, [64], ObservationModel.Gaussian(0.0025, 8)),
            new DirichletPrior(archetypes: 3));
        using var data = model.Items(items);
        Trainer.Fit(model, new ArchetypeObjective(new() { KlWeight = 1, ArchetypeWeight = 50 }), data, options: new()
        {
            Epochs = 100,
            BatchSize = 100,
            LastBatch = LastBatch.Merge,
            LearningRate = 3e-3,
        });
        Console.WriteLine(VertexReport.Of(model, data));
        #endregion
    }

    public static void Answers(DeepArchetypes model, torch.Tensor items, DataSource data)
    {
        #region
        torch.Tensor weights = model.Weights(items);                 // A, [N, k]
        torch.Tensor archetypes = model.Archetypes();                // [k, *item]
        torch.Tensor way = model.Interpolate(0, 2, steps: 9);        // along an edge, both ends included
        torch.Tensor drawn = model.Sample(16, concentration: 0.7, seed: 1);
        VertexReport report = VertexReport.Of(model, data);          // Z_pred over all data, the real item nearest to each vertex
        Console.WriteLine(report.Nearest[0].Item);
        #endregion
    }

    public static void Side(torch.Tensor items, torch.Tensor scores)
    {
        #region
        using var model = new DeepArchetypes(
            ArchetypeEncoder.Mlp(8, archetypes: 3, hidden: [64]),
            new MlpDecoder(2, [64], ObservationModel.Gaussian(0.0025, 8)),
            new StandardNormalPrior(2),
            side: new MlpDecoder(2, [200], ObservationModel.Gaussian(1, 1), new() { Activation = Activation.ReLU }));
        using var data = model.Items(items, scores);                 // [N, 8] and [N, 1]
        Trainer.Fit(
            model, new ArchetypeObjective(new() { ArchetypeWeight = 50, SideWeight = 100 }), data, options: new() { BatchSize = 100 });
        torch.Tensor predicted = model.PredictSide(items);
        #endregion
    }
}
