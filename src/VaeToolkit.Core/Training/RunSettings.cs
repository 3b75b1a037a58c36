using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>
/// What decides the steps of a run, by name and in words. A run that is resumed must have the same; what decides when to stop and what is
/// written is not among them.
/// </summary>
internal static class RunSettings
{
    // A rate goes through a schedule's own arithmetic, the same every time; this is for a rate that was read from a file.
    private const double RateTolerance = 1e-9;

    private const string TypeOfWeights = "type of the weights";
    private const string Use = "how the model is used";
    private const string TrainingData = "training data";
    private const string ValidationData = "validation data";
    private const string Content = "content of the ";

    // Runs of before they were written down go on without them.
    private static readonly string[] s_later
        = [TypeOfWeights, Use, TrainingData, ValidationData, Content + TrainingData, Content + ValidationData];

    /// <summary>The settings of a run that begins.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The options.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="optimizer">The optimiser as it was made, before a schedule has moved its rate.</param>
    /// <param name="train">The training data.</param>
    /// <param name="validation">The validation data, or null.</param>
    /// <param name="callbacks">The callbacks, or null.</param>
    /// <param name="looksAtContent">Whether the data are told from others by what they hold, which are read for that.</param>
    public static IReadOnlyDictionary<string, string> Of<TModel>(
        TModel model, TrainingOptions options, Objective<TModel> objective, torch.optim.Optimizer optimizer, DataSource train,
        DataSource? validation, IReadOnlyList<ITrainingCallback<TModel>>? callbacks, bool looksAtContent)
        where TModel : torch.nn.Module
    {
        var settings = new OrderedDictionary<string, string>
        {
            [nameof(options.LastBatch)] = OptionText.Of(options.LastBatch),
            [nameof(options.GradientClip)] = OptionText.Of(options.GradientClip),
            [nameof(options.SplitBatches)] = OptionText.Of(options.SplitBatches),
            [nameof(options.LearningRate)] = OptionText.Of(optimizer.ParamGroups.Select(group => group.LearningRate)),
            [nameof(options.Optimizer)] = OptimizerFile.Describe(optimizer),
            [nameof(options.LearningRateSchedule)] = OptionText.Of(options.LearningRateSchedule is null ? null : "given"),
            ["number of training items"] = OptionText.Of(train.Count),
            ["number of validation items"] = OptionText.Of(validation?.Count),
            [TypeOfWeights] = model.FirstWeight()?.dtype.ToString().ToLowerInvariant() ?? "none",
            // Precision, dropout and the like, which weights do not depend on.
            [Use] = InWords(DescriptionJson.Usage(model)),
            [TrainingData] = InWords(train.Settings),
            [ValidationData] = validation is null ? "none" : InWords(validation.Settings),
        };
        foreach (var (name, data) in new[] { (TrainingData, train), (ValidationData, validation) })
        {
            if (looksAtContent && data?.Fingerprint() is { } fingerprint)
                settings[Content + name] = fingerprint;
        }
        foreach (var (name, value) in objective.Settings)
            settings[$"{objective.GetType().Name}.{name}"] = value;
        foreach (var callback in callbacks ?? [])
        {
            foreach (var (name, value) in callback.Settings)
                Add($"{callback.GetType().Name}.{name}", value);
        }
        return settings;

        // Two callbacks of one type count both.
        void Add(string name, string value) => settings[name] = settings.TryGetValue(name, out var other) ? $"{other} and {value}" : value;
    }

    /// <summary>Settings by name, in one line.</summary>
    public static string InWords(IEnumerable<KeyValuePair<string, string>> pairs)
        => string.Join(", ", pairs.Select(pair => $"{pair.Key} {pair.Value}")) is { Length: > 0 } text ? text : "as it is";

    /// <summary>The settings of a run that the one that it goes on with has not written down.</summary>
    public static IEnumerable<string> Missing(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
        => now.Keys.Where(name => !s_later.Contains(name) && !before.ContainsKey(name));

    /// <summary>Every setting in which a run differs from the one that it goes on with, of those that this one has written down, as parts
    /// of a sentence.</summary>
    public static IEnumerable<string> Differences(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
        => before.Keys.Where(name => Text(before, name) != Text(now, name) && !SaysMore(Text(now, name), Text(before, name)))
            .Select(name => $"{name} was {Text(before, name)}, now it is {Text(now, name)}");

    // What a later version adds to a setting stands behind a colon.
    private static bool SaysMore(string now, string before) => now.StartsWith(before + ": ", StringComparison.Ordinal);

    private static string Text(IReadOnlyDictionary<string, string> settings, string name)
        => settings.GetValueOrDefault(name, "not known");

    /// <summary>Requires the learning rate with which an epoch was trained.</summary>
    /// <exception cref="CheckpointException">It is another: so is the schedule, or the rate that it started from.</exception>
    public static void RequireRate(string folder, EpochSummary epoch, double rate)
    {
        if (Math.Abs(rate - epoch.LearningRate) > RateTolerance * Math.Abs(epoch.LearningRate))
        {
            throw new CheckpointException(folder, FormattableString.Invariant(
                $"epoch {epoch.Epoch} was trained with the learning rate {epoch.LearningRate}, with this LearningRateSchedule it is ")
                + FormattableString.Invariant($"{rate}; resume with the same, or start in another folder"));
        }
    }
}
