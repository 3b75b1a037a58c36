using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Models;
using VaeToolkit.Objectives;
using VaeToolkit.Runtime;

namespace VaeToolkit.Training;

/// <summary>Takes one batch forward and backward and says all that is wrong with it, leaving no trace.</summary>
internal sealed class TrialBatch<TModel>(TModel model, Objective<TModel> objective)
    where TModel : torch.nn.Module
{
    public IReadOnlyList<string> Findings(DataSource train, DataSource? validation, TrainingOptions options)
    {
        using var seed = SeedScope.Begin(options.Seed);
        using var scope = torch.NewDisposeScope();
        var findings = new List<string>();
        foreach (var batch in train.InOrder(options.BatchSize, options.Seed).Take(1))
        {
            findings.AddRange(Outside(batch, "training"));
            findings.AddRange(WithBuffersKept(() => TryStep(batch)));
        }
        foreach (var batch in validation?.InOrder(options.BatchSize, options.Seed).Take(1) ?? [])
            findings.AddRange(Outside(batch, "validation"));
        return findings;
    }

    private IReadOnlyList<string> Outside(Batch batch, string what)
    {
        if (model is not Vae vae)
            return [];
        try
        {
            using var mode = EvaluationMode.Enter(vae);
            return vae.Decode(vae.Encode(batch.Items).Mean).ExplainOutsideSupport(batch.Items) is { } reason
                ? [$"In the first {what} batch, data are outside the likelihood's support: {reason}"]
                : [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return [$"The first {what} batch {Shape.Text(batch.Items)} does not go through the model: {EngineError.FirstLine(e)}"];
        }
    }

    private List<string> TryStep(Batch batch)
    {
        try
        {
            var result = objective.Compute(model, batch);
            var findings = NonFinite(ObjectiveReading.Of(result)).ToList();
            if (!result.Loss.requires_grad)
                return [.. findings, "The loss depends on no parameter that requires gradients."];
            result.Loss.backward();
            findings.AddRange(BadGradients());
            return findings;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return [$"A step with the first training batch {Shape.Text(batch.Items)} fails: {EngineError.FirstLine(e)}"];
        }
    }

    private static IEnumerable<string> NonFinite(ObjectiveReading reading) =>
        reading.Terms.Append(new("loss", reading.Loss)).Where(term => !double.IsFinite(term.Value))
            .Select(term => FormattableString.Invariant($"'{term.Key}' is {term.Value} on the first training batch."));

    private IEnumerable<string> BadGradients()
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (!parameter.requires_grad)
                continue;
            using var gradient = parameter.grad;
            if (gradient is null)
                yield return $"The parameter '{name}' gets no gradient; freeze it (requires_grad = false) or use it in the loss.";
            else if (!gradient.isfinite().all().item<bool>())
                yield return $"The gradient of '{name}' is not finite on the first training batch.";
        }
    }

    // Batch normalisation and its like count batches in buffers, and objectives may average; a trial must not be counted.
    private List<string> WithBuffersKept(Func<List<string>> trial)
    {
        using var modes = new PartModes(model);
        var numbers = objective.SaveState();
        var buffers = model.buffers().Select(buffer => (buffer, copy: buffer.clone())).ToList();
        DropGradients();
        model.train();
        try
        {
            return trial();
        }
        finally
        {
            DropGradients();
            objective.LoadState(numbers);
            using var noGrad = torch.no_grad();
            foreach (var (buffer, copy) in buffers)
                buffer.copy_(copy);
        }
    }

    private void DropGradients()
    {
        foreach (var parameter in model.parameters())
            Gradients.Drop(parameter);
    }
}
