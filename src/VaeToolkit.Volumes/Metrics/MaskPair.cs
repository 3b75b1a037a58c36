namespace VaeToolkit.Volumes;

/// <summary>Checks that a prediction and the truth can be compared.</summary>
internal static class MaskPair
{
    public static void Check<TPrediction, TTruth>(Volume<TPrediction> prediction, Volume<TTruth> truth)
        where TPrediction : unmanaged
        where TTruth : unmanaged
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(truth);
        VolumeTensors.RequireOneChannel(prediction);
        VolumeTensors.RequireOneChannel(truth);
        if (!prediction.Grid.Matches(truth.Grid))
            throw new ArgumentException(
                $"Prediction and truth must lie on one grid, but {prediction.Name} has {prediction.Size} voxels with affine "
                + $"map [{prediction.Grid.Affine}] "
                + $"and {truth.Name} {truth.Size} with [{truth.Grid.Affine}].",
                nameof(prediction));
    }
}
