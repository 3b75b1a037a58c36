using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>Measures rate and information of models, one by one or along a grid of β.</summary>
public static class InformationPlane
{
    /// <summary>
    /// Measures a model's rate and its information about the target view, in evaluation mode, without gradients, with a seed of its own.
    /// </summary>
    /// <param name="model">The model; pairs must be on its device.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="options">Samples, seed and the target's entropy; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">The pairs have another size than the model's views, or a target is outside of the likelihood's
    /// support; the message names the pairs.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArithmeticException">A pair's rate or likelihood is NaN, since its values are too large; it is named.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static InformationPoint Measure(
        InformationBottleneck model, TwoViews pairs, InformationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pairs);
        options = (options ?? new()).Validated();
        using var mode = EvaluationMode.Enter(model);
        using var seed = SeedScope.Begin(options.Seed);
        var tally = new InformationTally();
        var first = 0L;
        foreach (var batch in pairs.InOrder(options.BatchSize, options.Seed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            model.RequireInSupport(batch.Items, first, nameof(pairs));
            tally.Add(BottleneckReading.Of(model, batch.Items, options.Samples));
            first += batch.Size;
        }
        return tally.Point(options, options.TargetEntropy ?? pairs.ClassEntropy);
    }

    /// <summary>
    /// Trains one model along a grid of β and measures it after each: the information curve. Every β goes on from the weights of the one
    /// before (a warm start). Go from much information to little: a model that has collapsed has hardly a gradient that leads out again.
    /// Ranks (<see cref="TrainingOptions.Exchange"/>) divide the training, not the measuring; progress is told on rank 0 alone.
    /// </summary>
    /// <param name="model">The model; it is left as the last β trained it.</param>
    /// <param name="train">The pairs to train on.</param>
    /// <param name="test">The pairs to measure on.</param>
    /// <param name="options">The grid, and how to train and measure.</param>
    /// <param name="progress">Told every point when it is measured.</param>
    /// <param name="cancellationToken">Stops the run; the points so far have been reported.</param>
    /// <exception cref="ArgumentException">The grid is empty, or an option is out of range; or ranks differ, in what the message
    /// says.</exception>
    /// <exception cref="PreFlightException">A target of either data is outside of the likelihood's support, or training would go
    /// wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, on one rank or on all.</exception>
    public static InformationCurve Trace(
        InformationBottleneck model, TwoViews train, TwoViews test, InformationCurveOptions options,
        IProgress<InformationCurvePoint>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(options);
        var (exchange, facts) = (options.Training.Exchange, new Dictionary<string, string>());
        RankedRun.Agree(exchange, () =>
        {
            options.Validate();
            // Of both, and not when the first β has been trained.
            PreFlight.Require([.. PreFlight.DataFindings(
                model, new BottleneckObjective(), options.Training.Seed, (train, "training"), (test, "test"))]);
            if (exchange is { Size: > 1 })
                facts = Facts(test, options);
        });
        return RankedRun.Of(exchange, model, facts, () => Traced(model, train, test, options, progress, cancellationToken));
    }

    private static InformationCurve Traced(
        InformationBottleneck model, TwoViews train, TwoViews test, InformationCurveOptions options,
        IProgress<InformationCurvePoint>? progress, CancellationToken cancellationToken)
    {
        var exchange = options.Training.Exchange;
        var points = new List<InformationCurvePoint>();
        foreach (var beta in options.Betas)
        {
            var training = points.Count == 0 ? options.Training with { Epochs = options.FirstEpochs } : options.Training;
            var objective = new BottleneckObjective(new() { Beta = beta, Samples = options.TrainingSamples });
            var result = Trainer.Fit(model, objective, train, options: training, cancellationToken: cancellationToken);
            // The next β is trained by all ranks or by none.
            RankedRun.Agree(exchange, () =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                // On another rank.
                if (result.Reason == StopReason.Cancelled)
                    throw new OperationCanceledException();
                points.Add(new(beta, Measured()));
                if (exchange is not { Rank: > 0 })
                    progress?.Report(points[^1]);
            });
        }
        return new(points);

        // Ranks on threads share torch's own generator.
        InformationPoint Measured()
        {
            using var own = exchange is { Size: > 1 } ? NoiseSource.Begin(model, options.Measurement.Seed) : null;
            return Measure(model, test, options.Measurement, cancellationToken);
        }
    }

    // What no single training of the grid has.
    private static Dictionary<string, string> Facts(TwoViews test, InformationCurveOptions options) => new()
    {
        ["grid of β"] = OptionText.Of(options.Betas),
        [nameof(options.FirstEpochs)] = OptionText.Of(options.FirstEpochs),
        [nameof(options.TrainingSamples)] = OptionText.Of(options.TrainingSamples),
        [nameof(options.Measurement)] = OptionText.InWords(options.Measurement),
        ["number of test pairs"] = OptionText.Of(test.Count),
        ["content of the test pairs"] = OptionText.Of(test.Fingerprint()),
    };
}
