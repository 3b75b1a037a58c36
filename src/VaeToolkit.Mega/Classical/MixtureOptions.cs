namespace VaeToolkit.Mega.Classical;

/// <summary>Options of <see cref="GaussianMixture.Fit"/>.</summary>
public sealed record MixtureOptions
{
    /// <summary>The covariances' form; default full.</summary>
    public CovarianceForm Form { get; init; } = CovarianceForm.Full;

    /// <summary>What is added to every covariance's diagonal, at least 0; null is 1e-6 of the mean variance. Default null.</summary>
    public double? Regularisation { get; init; }

    /// <summary>k-means++ starts, of which the best is kept, at least 1; default 5. Ignored with <see cref="StartLabels"/>.</summary>
    public int Restarts { get; init; } = 5;

    /// <summary>A component for every row to begin with, from 0 to K − 1, in place of k-means++; default null.</summary>
    public IReadOnlyList<int>? StartLabels { get; init; }

    /// <summary>When every run stops, and the seed of the starts.</summary>
    public EmOptions Em { get; init; } = new() { MaxIterations = 1_000, Tolerance = 1e-10 };

    internal MixtureOptions Validated()
    {
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
