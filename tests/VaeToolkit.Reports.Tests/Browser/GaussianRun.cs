using System.Text.Json.Nodes;
using VaeToolkit.Training;

namespace VaeToolkit.Reports.Tests.Browser;

/// <summary>
/// A run with what a plain one lacks: GECO's constraint and multiplier, a Gaussian likelihood, whose variance can be calibrated, and the
/// record of two ranks.
/// </summary>
internal static class GaussianRun
{
    /// <summary>Trains it for two epochs.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">Pictures of 784 values.</param>
    public static void Train(string folder, DataSource data)
    {
        using var seed = SeedScope.Begin(3);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 4, hidden: [32]),
            new MlpDecoder(latentSize: 4, hidden: [32], ObservationModel.Gaussian(variance: 0.05, 1, 28, 28)),
            new StandardNormalPrior(4));
        Trainer.Fit(vae, new Geco(new() { Tolerance = 0.03 }), data, options: new()
        {
            Epochs = 2,
            BatchSize = 50,
            Seed = 4,
            CheckpointDirectory = folder,
        });
        var metrics = Path.Combine(folder, "metrics.jsonl");
        File.WriteAllLines(metrics, [.. File.ReadAllLines(metrics).Select((line, i) =>
        {
            var epoch = JsonNode.Parse(line)!;
            epoch["rank_seconds"] = new JsonArray(1.5 + i, 1.25);
            return epoch.ToJsonString();
        })]);
    }
}
