using TorchSharp;
using VaeToolkit;
using VaeToolkit.Archetypes;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class ArchetypesPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        var corners = torch.tensor(new double[,] { { 0, 0, 1 }, { 4, 0, 2 }, { 0, 3, 3 } });
        var items = DirichletWeights.Draw(1_000, archetypes: 3, concentration: 0.5).mm(corners);
        var linear = LinearArchetypes.Fit(items, archetypes: 3);
        Console.WriteLine($"linear: {linear.Count} archetypes, explained variance {linear.ExplainedVariance:F3}");

        using var model = new DeepArchetypes(
            ArchetypeEncoder.Mlp(inputSize: 3, archetypes: 3, hidden: [64]),
            new MlpDecoder(latentSize: 2, [64], ObservationModel.Gaussian(0.01, 3)),
            new DirichletPrior(archetypes: 3));
        using var data = model.Items(items.to(torch.float32));
        Trainer.Fit(
            model, new ArchetypeObjective(new() { KlWeight = 1, ArchetypeWeight = 50 }), data,
            options: new() { Epochs = 60, LearningRate = 5e-3 });
        var report = VertexReport.Of(model, data);
        Console.WriteLine($"deep: {model.Archetypes().shape[0]} archetypes, archetype loss {report.ArchetypeLoss:F4}");
        #endregion
    }
}
