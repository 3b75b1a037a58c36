using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Reports;

/// <summary>What a report shows beside what the run's folder has.</summary>
public sealed record ReportOptions
{
    /// <summary>The page's heading; default null, the folder's name.</summary>
    public string? Title { get; init; }

    /// <summary>What the data are called in the summary, such as <c>MNIST</c>; default null.</summary>
    public string? DataName { get; init; }

    /// <summary>
    /// Items to reconstruct, to encode and to score, with labels or without; best such that were not trained on. Not disposed. Default
    /// null: the sections that need items are left out.
    /// </summary>
    public DataSource? Data { get; init; }

    /// <summary>What the labels mean, by their number; default null, the numbers.</summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>
    /// The model, where it cannot be opened from the run's folder because a part of it does not say how it is made. Not disposed. Default
    /// null: the model in <c>best/</c>, or else <c>last/</c>.
    /// </summary>
    public torch.nn.Module? Model { get; init; }

    /// <summary>
    /// Likelihood estimates that were made before, by the name that the table shows, such as one by annealed importance sampling. Default
    /// none.
    /// </summary>
    public IReadOnlyDictionary<string, LikelihoodEstimate> Likelihoods { get; init; } = new Dictionary<string, LikelihoodEstimate>();

    /// <summary>Sections of your own, behind those of the library. Default none.</summary>
    public IReadOnlyList<IReportSection> Sections { get; init; } = [];

    /// <summary>The most items of <see cref="Data"/> that are encoded, at least 2; default 2000. It bounds the time.</summary>
    public int MostItems { get; init; } = 2_000;

    /// <summary>
    /// The items, at least 1, and samples of each, at least 1, of the report's own likelihood estimates. Default 500 and 50.
    /// </summary>
    public (int Items, int Samples) Importance { get; init; } = (500, 50);

    /// <summary>The seed of all that is drawn; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    internal ReportOptions Validated()
    {
        OptionRange.Require(MostItems >= 2, nameof(MostItems), MostItems, "MostItems must be at least 2");
        OptionRange.Require(
            Importance is { Items: >= 1, Samples: >= 1 }, nameof(Importance), Importance,
            "Importance must be at least one item and one sample");
        return this;
    }
}
