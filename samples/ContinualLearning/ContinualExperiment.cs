using System.Globalization;
using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>Learns the tasks by one method with one seed; pictures and the models of all tasks go to a folder.</summary>
internal sealed class ContinualExperiment(Budget budget, TaskSequence tasks, FeatureClassifier classifier, long seed)
{
    private const int PicturesARow = 20;

    /// <summary>Learns them, going on after those that are finished in the folder where that is asked for.</summary>
    /// <returns>The figures by name: of all numbers of tasks, and every likelihood, <c>matrix_row_column</c>.</returns>
    public Dictionary<string, double> Run(Method method, string folder, bool resume)
    {
        using var random = SeedScope.Begin(seed);
        using var model = method.Model(budget, tasks);
        var strategies = method.Strategies(budget);
        try
        {
            var options = method.Training(budget) with { Seed = seed, Folder = folder, Resume = resume };
            var result = ContinualTrainer.Run(
                model, tasks, strategies, options,
                stage => Console.WriteLine($"{method.Name}, seed {seed}: task {stage.Number + 1} of {tasks.Tasks.Count} is learned"));
            var diversities = Generate(model, folder);
            Report(method, result, diversities);
            return Figures(result, diversities);
        }
        finally
        {
            Array.ForEach(strategies, strategy => strategy.Dispose());
        }
    }

    private static Dictionary<string, double> Figures(ContinualResult result, List<GeneratedDiversity> diversities)
    {
        var figures = new Dictionary<string, double>
        {
            ["forgetting"] = result.Forgetting,
            ["backward_transfer"] = result.BackwardTransfer,
            ["processor_time"] = result.ProcessorSeconds.Sum(),
        };
        for (var task = 0; task < diversities.Count; task++)
        {
            figures[$"nll_{task + 1}"] = result.Overall(task);
            figures[$"diversity_{task + 1}"] = diversities[task].Categorical;
            figures[$"diversity_bernoulli_{task + 1}"] = diversities[task].BernoulliSum;
            for (var column = 0; column < result.Matrix[task].Count; column++)
                figures[$"matrix_{task}_{column}"] = result.Matrix[task][column];
        }
        return figures;
    }

    // From the saved models, so that a resumed run has the figures of all its tasks.
    private List<GeneratedDiversity> Generate(Vae model, string folder)
    {
        using var scope = torch.NewDisposeScope();
        var (diversities, pictures) = (new List<GeneratedDiversity>(), new List<torch.Tensor>());
        for (var task = 0; task < tasks.Tasks.Count; task++)
        {
            model.LoadWeights(Path.Combine(folder, $"task-{task}", "model.safetensors"));
            (model.Decoder as MultiHeadDecoder)?.Activate(task);
            diversities.Add(GeneratedDiversity.Of(model, classifier.forward, [.. tasks.Tasks.Take(task + 1).SelectMany(t => t.Classes)]));
            using var random = SeedScope.Begin(seed);
            pictures.Add(model.Sample(PicturesARow));
        }
        ImageGrid.Save(Path.Combine(folder, "samples.png"), torch.cat(pictures), columns: PicturesARow);
        return diversities;
    }

    private void Report(Method method, ContinualResult result, List<GeneratedDiversity> diversities)
    {
        Console.WriteLine($"{method.Name}, seed {seed}: nats of each task's test images (columns) after each task");
        Console.Write(result);
        for (var task = 0; task < diversities.Count; task++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {task + 1} tasks: diversity {diversities[task].Categorical:F3} (one against the rest "
                + $"{diversities[task].BernoulliSum:F3}), classes generated {string.Join(' ', diversities[task].Counts)}"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  forgetting {result.Forgetting:F2}, backward transfer {result.BackwardTransfer:F2} nats, training "
            + $"{result.ProcessorSeconds.Sum():F0} s of processor time"));
    }
}
