namespace VaeToolkit.Volumes;

/// <summary>
/// All scores of one volume's predicted mask. NaN means that a score does not exist there; summaries leave it out and count it.
/// </summary>
public sealed record SegmentationScores
{
    /// <summary>What the volume is called.</summary>
    public required string Name { get; init; }

    /// <summary>Dice coefficient.</summary>
    public required double Dice { get; init; }

    /// <summary>Intersection over union.</summary>
    public required double IntersectionOverUnion { get; init; }

    /// <summary>The part of predicted voxels that are right.</summary>
    public required double Precision { get; init; }

    /// <summary>The part of true voxels that are found.</summary>
    public required double Sensitivity { get; init; }

    /// <summary>The part of background voxels that are left alone.</summary>
    public required double Specificity { get; init; }

    /// <summary>(predicted − true) / true volume.</summary>
    public required double RelativeVolumeDifference { get; init; }

    /// <summary>The predicted volume in mL.</summary>
    public required double PredictedMillilitres { get; init; }

    /// <summary>The true volume in mL.</summary>
    public required double TrueMillilitres { get; init; }

    /// <summary>HD95 in mm.</summary>
    public required double Hausdorff95 { get; init; }

    /// <summary>ASSD in mm.</summary>
    public required double AverageSurfaceDistance { get; init; }

    /// <summary>Surface Dice at the options' tolerance.</summary>
    public required double SurfaceDice { get; init; }

    /// <summary>The part of true lesions that are found.</summary>
    public required double LesionSensitivity { get; init; }

    /// <summary>The part of predicted lesions that are right.</summary>
    public required double LesionPrecision { get; init; }

    /// <summary>The harmonic mean of the two.</summary>
    public required double LesionF1 { get; init; }

    /// <summary>All scores, a line each.</summary>
    public override string ToString() => Name + Environment.NewLine + TextTable.Of(
    [
        Row("Dice", Dice), Row("IoU", IntersectionOverUnion), Row("precision", Precision), Row("sensitivity", Sensitivity),
        Row("specificity", Specificity), Row("relative volume difference", RelativeVolumeDifference),
        Row("predicted, mL", PredictedMillilitres), Row("true, mL", TrueMillilitres), Row("HD95, mm", Hausdorff95),
        Row("ASSD, mm", AverageSurfaceDistance), Row("surface Dice", SurfaceDice), Row("lesion sensitivity", LesionSensitivity),
        Row("lesion precision", LesionPrecision), Row("lesion F1", LesionF1),
    ]);

    private static string[] Row(string name, double score) => ["  " + name, TextTable.Number(score, "F3")];

    /// <summary>Scores a predicted mask.</summary>
    /// <param name="prediction">The predicted mask.</param>
    /// <param name="truth">The true mask, on the same grid; its name names the scores.</param>
    /// <param name="options">Conventions.</param>
    /// <exception cref="ArgumentException">The masks lie on different grids.</exception>
    public static SegmentationScores Of(Volume<bool> prediction, Volume<bool> truth, SegmentationScoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(truth);
        options ??= new();
        var counts = OverlapCounts.Of(prediction, truth);
        var surfaces = SurfaceDistances.Between(prediction, truth, options.MissingSurface);
        var lesions = LesionCounts.Of(prediction, truth, options.LesionOverlap);
        var millilitres = truth.Grid.VoxelVolume / 1000;
        return new()
        {
            Name = truth.Name,
            Dice = Overlap(counts.Dice),
            IntersectionOverUnion = Overlap(counts.IntersectionOverUnion),
            Precision = Overlap(counts.Precision),
            Sensitivity = Overlap(counts.Sensitivity),
            Specificity = counts.Specificity,
            RelativeVolumeDifference = counts.BothEmpty && options.EmptyMasks == EmptyMasks.Perfect ? 0 : counts.RelativeVolumeDifference,
            PredictedMillilitres = millilitres * (counts.TruePositives + counts.FalsePositives),
            TrueMillilitres = millilitres * (counts.TruePositives + counts.FalseNegatives),
            Hausdorff95 = surfaces.HausdorffPercentile(95, options.Percentile),
            AverageSurfaceDistance = surfaces.AverageSymmetric,
            SurfaceDice = Overlap(surfaces.SurfaceDice(options.SurfaceTolerance)),
            LesionSensitivity = Overlap(lesions.Sensitivity),
            LesionPrecision = Overlap(lesions.Precision),
            LesionF1 = Overlap(lesions.F1),
        };

        double Overlap(double score) => !counts.BothEmpty ? score : options.EmptyMasks == EmptyMasks.Perfect ? 1 : double.NaN;
    }
}
