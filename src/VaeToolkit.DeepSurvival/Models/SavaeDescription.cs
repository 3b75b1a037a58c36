using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>All of a <see cref="Savae"/> but its weights, as files hold it in their metadata.</summary>
internal sealed record SavaeDescription(
    IReadOnlyList<ColumnDescription> Columns, IReadOnlyList<TreatmentFactor> Treatments, SavaeOptions Options)
{
    /// <exception cref="FormatException">Something is missing, or could not have been fitted.</exception>
    /// <exception cref="ArgumentException">The treatments or the options make no sense.</exception>
    internal static PartDescription Of(Savae model)
        => new PartDescription(Savae.PartName).With("columns", model.Schema.Describe().Select(Column).ToArray())
            .With("treatments", model.Treatments.Factors.Select(Treatment).ToArray()).With("latent_size", model.Options.LatentSize)
            .With("hidden", model.Options.Hidden).With("activation", model.Options.Activation)
            .With("encoder_sees_treatment", model.Options.EncoderSeesTreatment);

    internal static Savae Read(PartOptions options)
    {
        var description = new SavaeDescription(
            options.Groups("columns", Column), options.Groups("treatments", Treatment), new()
            {
                LatentSize = options.Count("latent_size"),
                Hidden = options.WholeNumbers("hidden"),
                Activation = options.Choice<Activation>("activation"),
                EncoderSeesTreatment = options.Flag("encoder_sees_treatment"),
            });
        options.RequireDense(description.Options.LatentSize, description.Options.Hidden, 1);
        return description.ToModel();
    }

    public Savae ToModel()
    {
        if (Columns.Contains(null!) || Treatments.Contains(null!))
            throw new FormatException("a column or a treatment is null");
        // The unit of time is among the weights.
        return new Savae(CovariateSchema.Restore(Columns), timeScale: 1, new TreatmentSet(Treatments), Options);
    }

    private static PartDescription Column(ColumnDescription fitted)
    {
        var part = new PartDescription("column").With("name", fitted.Column.Name).With("kind", fitted.Column.Kind)
            .With("unseen", fitted.Column.Unseen).With("centre", fitted.Centre).With("scale", fitted.Scale)
            .With("design_means", fitted.DesignMeans);
        return fitted.Column.Levels is { } levels ? part.With("levels", levels) : part;
    }

    private static ColumnDescription Column(PartOptions options) => new(
        new(options.Text("name"), options.Choice<CovariateKind>("kind"))
        {
            Levels = options.Contains("levels") ? options.Texts("levels") : null,
            Unseen = options.Choice<UnseenCategory>("unseen"),
        },
        options.Number("centre"), options.Number("scale"), options.Numbers("design_means"));

    private static PartDescription Treatment(TreatmentFactor factor)
    {
        var part = new PartDescription("treatment").With("name", factor.Name).With("levels", factor.Levels);
        return factor.Intensities is { } intensities ? part.With("intensities", intensities) : part;
    }

    private static TreatmentFactor Treatment(PartOptions options) => new(options.Text("name"))
    {
        Levels = options.Texts("levels"),
        Intensities = options.Contains("intensities") ? options.Numbers("intensities") : null,
    };
}
