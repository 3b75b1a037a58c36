using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Takes batches forward and backward and says all that is wrong with them, leaving no trace.</summary>
internal sealed class TrialBatch<TModel>(TModel model, Objective<TModel> objective)
    where TModel : torch.nn.Module
{
    private readonly List<string> _untouched = [];

    /// <summary>
    /// Parameters that get no gradient from the first training batch; of several ranks each has those that its own share gives none.
    /// </summary>
    public IReadOnlyList<string> Untouched => _untouched;

    /// <summary>What is wrong, but for <see cref="Untouched"/>.</summary>
    public IReadOnlyList<string> Findings(DataSource train, DataSource? validation, TrainingOptions options)
    {
        using var seed = SeedScope.Begin(options.Seed);
        using var scope = torch.NewDisposeScope();
        var findings = new List<string>();
        foreach (var batch in train.InOrder(options.BatchSize, options.Seed).Take(1))
            findings.AddRange(WithStateKept(() => TryStep(batch, "the first training batch", options.Exchange, _untouched)));
        foreach (var batch in validation?.InOrder(options.BatchSize, options.Seed).Take(1) ?? [])
            findings.AddRange(DoesNotPass(batch));
        // What the objective itself needs has been looked at.
        var isTried = findings.Count + _untouched.Count == 0 && objective.SmallestBatch(model) <= 1;
        if (isTried && EpochBatches.EndWithOneItem(train, options))
            findings.AddRange(TryLastBatch(train, options));
        return findings;
    }

    /// <summary>
    /// Whether a step draws from torch's own CPU generator beside what it draws from <see cref="NoiseSource"/>. Nobody else may draw
    /// meanwhile.
    /// </summary>
    public bool DrawsFromTorchItself(DataSource train, TrainingOptions options)
    {
        using var seed = SeedScope.Begin(options.Seed);
        using var noise = NoiseSource.Lend(torch.CPU, options.Seed);
        using var scope = torch.NewDisposeScope();
        foreach (var batch in train.InOrder(options.BatchSize, options.Seed).Take(1))
        {
            var before = torch.get_rng_state();
            WithStateKept(() => TryStep(batch, "the first training batch", options.Exchange, []));
            return !before.bytes.SequenceEqual(torch.get_rng_state().bytes);
        }
        return false;
    }

    private IEnumerable<string> DoesNotPass(Batch batch)
    {
        if (model is not Vae vae)
            return [];
        try
        {
            using var mode = EvaluationMode.Enter(vae);
            _ = vae.DecodeOfChecked(vae.EncodeOfChecked(batch.Items).Mean);
            return [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return [$"The first validation batch {Shape.Text(batch.Items)} does not go through the model: {EngineError.FirstLine(e)}"];
        }
    }

    // Its one item is what statistics of a batch are not made for.
    private List<string> TryLastBatch(DataSource train, TrainingOptions options)
    {
        var (left, what) = (EpochBatches.Count(train, options), FormattableString.Invariant(
            $"an epoch's last batch, which has 1 item ({train.Count} items in batches of {options.BatchSize})"));
        foreach (var batch in EpochBatches.Of(train, options, epoch: 0))
        {
            if (--left > 0)
                continue;
            var untouched = new List<string>();
            var findings = WithStateKept(() => TryStep(batch, what, untouched));
            return [.. findings.Concat(Explained(untouched)).Select(finding => $"{finding.TrimEnd('.')}; {FiniteState.Remedy}.")];
        }
        return [];
    }

    // Of several ranks each tries its own share, without a word to the others.
    private List<string> TryStep(Batch batch, string what, IExchange? exchange, List<string> untouched)
    {
        if (exchange is { Size: > 1 } && ItemRows.Of(batch.Size, exchange.Rank, exchange.Size) is { Count: > 0 } rows)
        {
            using var division = WholeBatch.Divide(rows, counts: true, exchange: null);
            using var own = rows.Of(batch);
            return TryStep(own, what, untouched);
        }
        return TryStep(batch, what, untouched);
    }

    private List<string> TryStep(Batch batch, string what, List<string> untouched)
    {
        try
        {
            var infinite = FiniteState.NonFiniteBuffers(model);
            var result = TrainingStep.OfLookedAt(() => objective.Compute(model, batch));
            var findings = NonFinite(ObjectiveReading.Of(result), what).ToList();
            var why = batch.Size == 1 ? ": one item has no variance" : "";
            findings.AddRange(FiniteState.NonFiniteBuffers(model).Except(infinite)
                .Select(name => $"The buffer '{name}' becomes NaN or infinite with {what}{why}."));
            if (result.Loss.requires_grad)
                result.Loss.backward();
            untouched.AddRange(WithoutGradient());
            return [.. findings, .. NonFiniteGradients(what)];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return [$"A step with {what} {Shape.Text(batch.Items)} fails: {EngineError.FirstLine(e)}"];
        }
    }

    private static IEnumerable<string> NonFinite(ObjectiveReading reading, string what) =>
        reading.Terms.Append(new("loss", reading.Loss)).Where(term => !double.IsFinite(term.Value))
            .Select(term => FormattableString.Invariant($"'{term.Key}' is {term.Value} on {what}."));

    private IEnumerable<string> NonFiniteGradients(string what)
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var gradient = parameter.grad;
            if (parameter.requires_grad && gradient is not null && !gradient.isfinite().all().item<bool>())
                yield return $"The gradient of '{name}' is not finite on {what}.";
        }
    }

    /// <summary>In words, parameters that get no gradient.</summary>
    public IEnumerable<string> Explained(IReadOnlyCollection<string> untouched)
        => untouched.Count == model.parameters().Count(parameter => parameter.requires_grad)
            ? ["The loss depends on no parameter that requires gradients."]
            : untouched.Select(
                name => $"The parameter '{name}' gets no gradient; freeze it (requires_grad = false) or use it in the loss.");

    private IEnumerable<string> WithoutGradient()
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var gradient = parameter.grad;
            if (parameter.requires_grad && gradient is null)
                yield return name;
        }
    }

    // Batch normalisation and its like count batches in buffers, and objectives may average; a trial must not be counted.
    private List<string> WithStateKept(Func<List<string>> trial)
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
