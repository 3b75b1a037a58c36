using System.Globalization;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>The lines that every program of the comparison prints for its epochs.</summary>
internal sealed class EpochLine : ITrainingCallback<Vae>
{
    public void EpochEnded(Vae model, EpochSummary summary) => Print(summary.Epoch, summary.Seconds, -summary.TrainLoss);

    public static void Print(int epoch, double seconds, double bound)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}: {seconds:F3} s, bound {bound:F3}"));

    public static void PrintPeakMemory()
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory {PeakMemory.Megabytes():F0} MB"));
}
