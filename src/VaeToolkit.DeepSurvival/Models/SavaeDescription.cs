using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>All of a <see cref="Savae"/> but its weights, as files hold it in their metadata.</summary>
internal sealed record SavaeDescription(
    IReadOnlyList<ColumnDescription> Columns, IReadOnlyList<TreatmentFactor> Treatments, SavaeOptions Options)
{
    /// <exception cref="FormatException">Something is missing, or could not have been fitted.</exception>
    /// <exception cref="ArgumentException">The treatments or the options make no sense.</exception>
    public Savae ToModel()
    {
        if (Columns.Contains(null!) || Treatments.Contains(null!))
            throw new FormatException("a column or a treatment is null");
        // The unit of time is among the weights.
        return new Savae(CovariateSchema.Restore(Columns), timeScale: 1, new TreatmentSet(Treatments), Options);
    }
}
