using System.Text;
using System.Text.Json;

namespace VaeToolkit.Reports.Tests;

/// <summary>A run's folder made by hand, so that the right verdict on it is known.</summary>
internal sealed class MadeRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MadeRun(string name = "run") => Directory.CreateDirectory(Folder = _folder[name]);

    public string Folder { get; }

    /// <summary>Epochs with these losses and seconds of ranks; the terms are the given ones, the same in training and validation.</summary>
    public MadeRun WithEpochs(
        double[] training, double[]? validation, Func<int, Dictionary<string, double>>? terms = null, int warmUp = 0,
        Func<int, double[]?>? ranks = null)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < training.Length; i++)
        {
            var named = terms?.Invoke(i) ?? new() { ["reconstruction"] = training[i] - 20, ["kl"] = 20, ["beta"] = 1 };
            var epoch = new Dictionary<string, object?>
            {
                ["epoch"] = i + 1,
                ["steps"] = 100 * (i + 1),
                ["train_loss"] = training[i],
                ["validation_loss"] = validation?[i],
                ["terms"] = named,
                ["validation_terms"] = validation is null ? null : named,
                ["seconds"] = 2.5,
                ["learning_rate"] = 0.001,
                ["is_warm_up"] = i < warmUp,
            };
            if (ranks?.Invoke(i) is { } seconds)
                epoch["rank_seconds"] = seconds;
            lines.Append(JsonSerializer.Serialize(epoch)).Append('\n');
        }
        File.WriteAllText(Path.Combine(Folder, "metrics.jsonl"), lines.ToString());
        return this;
    }

    public MadeRun WithOptions(string json)
    {
        File.WriteAllText(Path.Combine(Folder, "options.json"), json);
        return this;
    }

    public MadeRun WithState(string objective, Dictionary<string, string> settings)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "last"));
        File.WriteAllText(Path.Combine(Folder, "last", "state.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["format_version"] = 1,
            ["history"] = new object[] { new { epoch = 1 } },
            ["objective_name"] = objective,
            ["settings"] = settings,
        }));
        return this;
    }

    public string Report(ReportOptions? options = null) => File.ReadAllText(Reports.Report.Write(Folder, options));

    public void Dispose() => _folder.Dispose();
}
