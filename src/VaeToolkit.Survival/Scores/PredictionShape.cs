namespace VaeToolkit.Survival;

/// <summary>The check of predicted survival, a row per patient and a column per time.</summary>
internal static class PredictionShape
{
    internal static void Require(double[,] survival, int patients, int times, string name)
    {
        if (survival.GetLength(0) != patients || survival.GetLength(1) != times)
            throw new ArgumentException(
                $"Predictions are [{survival.GetLength(0)}, {survival.GetLength(1)}]; {patients} patients and {times} times "
                + $"need [{patients}, {times}].",
                name);
    }
}
