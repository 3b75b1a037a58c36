using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// MaxEntropy Pursuit Variational Inference (Egorov, Neklydov, Kostoev and Burnaev 2019): a posterior, known by its unnormalised
/// log-density, as a mixture of normal distributions that is built greedily. The first component is plain variational inference.
/// </summary>
public static class Mpvi
{
    /// <summary>Builds the mixture, until it has all components or every restart of one is refused.</summary>
    /// <param name="target">The posterior, up to a factor.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="mixtureGrew">Called with the mixture after every accepted component;
    /// it is disposed when the next component joins.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellationToken">Stops between optimiser steps.</param>
    /// <returns>The mixture and the steps; dispose it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArithmeticException">The target's log-density is not finite where components start.</exception>
    /// <exception cref="PreFlightException">A component step ends within the target's warm-up.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MpviResult Fit(
        BoostingTarget target, MpviOptions? options = null, Action<NormalMixture>? mixtureGrew = null,
        IProgress<BoostingReport>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options = (options ?? new()).Validated();
        using var seed = SeedScope.Begin(options.Seed);
        var step = new BoostingStep(target, options.Step);
        var reports = new List<BoostingReport>();
        NormalMixture? mixture = null;
        try
        {
            while (reports.Count < options.Components)
            {
                using var candidates = new NormalCandidates(options.Restarts, target.Size, options.Start);
                var outcome = step.Run(mixture, candidates, cancellationToken);
                reports.Add(outcome.Report);
                progress?.Report(outcome.Report);
                if (outcome.Mixture is null)
                    break;
                mixture?.Dispose();
                mixture = outcome.Mixture;
                mixtureGrew?.Invoke(mixture);
            }
            return new(mixture!, reports);
        }
        catch
        {
            mixture?.Dispose();
            throw;
        }
    }
}
