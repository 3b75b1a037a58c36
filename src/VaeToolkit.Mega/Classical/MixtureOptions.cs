using VaeToolkit.Evaluation;

namespace VaeToolkit.Mega;

/// <summary>Options of <see cref="GaussianMixture.Fit"/>.</summary>
public sealed record MixtureOptions
{
    /// <summary>The covariances' form; default full.</summary>
    public CovarianceForm Form { get; init; } = CovarianceForm.Full;

    /// <summary>
    /// What is added to every covariance's diagonal, at least 0, in the data's units squared; null is 1e-12 of each column's variance,
    /// which no sound component feels. Default null.
    /// </summary>
    public double? Regularisation { get; init; }

    /// <summary>
    /// Runs that end soundly, of which the best is kept, at least 1; default 5. Each is the best of up to 8 k-means++ starts after a few
    /// iterations (fewer where rows, columns and components are many). On small data up to twice as many are made until two end in
    /// the best optimum; that no two did is among <see cref="ModelFit{TModel}.Findings"/>. Ignored with <see cref="StartLabels"/>.
    /// </summary>
    public int Restarts { get; init; } = 5;

    /// <summary>A component for every row to begin with, from 0 to K − 1, in place of k-means++; default null.</summary>
    public IReadOnlyList<int>? StartLabels { get; init; }

    /// <summary>
    /// When every run stops. Its seed has no part: the starts are the same whatever it is, so that what is found does not hang on it, and
    /// <see cref="Restarts"/> makes more.
    /// </summary>
    public EmOptions Em { get; init; } = new() { MaxIterations = 1_000, Tolerance = 1e-10 };

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal MixtureOptions Validated()
    {
        OptionRange.RequireKnown(Form, nameof(Form));
        Shape.RequirePositive(Restarts, "Restarts", nameof(Restarts));
        if (Regularisation is { } added && !(added >= 0 && double.IsFinite(added)))
            throw new ArgumentOutOfRangeException(nameof(Regularisation), added, "Regularisation must be a number of at least 0");
        Em.Validated();
        return this;
    }

    internal void RequireLabelsFit(int components, long rows)
    {
        if (StartLabels is not { } labels)
            return;
        if (labels.Count != rows)
            throw new ArgumentException($"StartLabels has {labels.Count} entries for {rows} rows");
        var bad = labels.ToList().FindIndex(label => label < 0 || label >= components);
        if (bad >= 0)
            throw new ArgumentException($"StartLabels[{bad}] is {labels[bad]}; it must be between 0 and {components - 1}");
        if (labels.Distinct().Count() != components)
            throw new ArgumentException($"StartLabels leaves a component of {components} empty");
    }
}
