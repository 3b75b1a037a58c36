using System.Globalization;

namespace VaeToolkit.Evaluation;

/// <summary>
/// The marginal KL with the rest of the ELBO surgery (Hoffman &amp; Johnson 2016), all of the same samples, so that
/// <see cref="AverageKl"/> = <see cref="MutualInformation"/> + <see cref="MarginalKl"/> to rounding. In nats.
/// </summary>
public sealed record MarginalKlEstimate
{
    /// <summary>KL(q(z) ‖ p(z)) of the aggregated posterior: the mean of log q(z) − log p(z).</summary>
    public required double MarginalKl { get; init; }

    /// <summary>The Monte Carlo standard error of <see cref="MarginalKl"/>; NaN for a single sample.</summary>
    public required double MarginalKlStandardError { get; init; }

    /// <summary>
    /// The index-code mutual information between an item's number and its code: the mean of log q(z|x) − log q(z). At most log N.
    /// </summary>
    public required double MutualInformation { get; init; }

    /// <summary>The Monte Carlo standard error of <see cref="MutualInformation"/>; NaN for a single sample.</summary>
    public required double MutualInformationStandardError { get; init; }

    /// <summary>The mean over items of KL(q(z|x) ‖ p(z)), from the same samples: the mean of log q(z|x) − log p(z).</summary>
    public required double AverageKl { get; init; }

    /// <summary>The Monte Carlo standard error of <see cref="AverageKl"/>; NaN for a single sample.</summary>
    public required double AverageKlStandardError { get; init; }

    /// <summary>How log q(z) was estimated, which decides the bias.</summary>
    public required AggregateEstimator Estimator { get; init; }

    /// <summary>Number of items N.</summary>
    public required long Items { get; init; }

    /// <summary>Number of samples.</summary>
    public required long Samples { get; init; }

    /// <summary>The seed of the samples.</summary>
    public required long Seed { get; init; }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"marginal KL {MarginalKl:F3} ± {MarginalKlStandardError:F3} nats, mutual information "
            + $"{MutualInformation:F3} ± {MutualInformationStandardError:F3}, average KL {AverageKl:F3} ± "
            + $"{AverageKlStandardError:F3} ({Estimator}, {Items} items, {Samples} samples, seed {Seed})");
}
