using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Computes an objective and its gradients over the two halves of a batch side by side, each with half of torch's threads. Small operators
/// gain little from a second thread; two threads with a half of the batch each do not wait for each other in between.
/// </summary>
/// <remarks>
/// There are two halves, not more, because both add their gradients to the same parameters in whichever order they come: a + b = b + a also
/// in floating point, but three terms would make results depend on timing. Each half draws its noise from a generator of its own.
/// </remarks>
internal sealed class BatchHalves<TModel>(TModel model, Objective<TModel> objective) : IDisposable
    where TModel : torch.nn.Module
{
    // A half with fewer is not worth waking a thread for: latent vectors of its items, or pseudo-inputs.
    private const long FewestRows = 32;

    private readonly ThreadTeam _team = new(2);
    private readonly torch.Generator[] _noise = [new(), new()];
    private readonly bool _hasThreads = torch.get_num_threads() > 1;
    private readonly DenseTraining? _dense = DenseTrainingOf(model, objective);
    private readonly ComponentHalves? _components = VampPriorOf(model) is { ComponentCount: > 1 } prior ? new(prior) : null;

    /// <summary>
    /// Whether halves give the whole batch's loss and gradients, and pay: with two threads or more, for an objective that is a mean over
    /// items and a model that treats every item by itself. A VampPrior must be a Vae's own,
    /// with enough pseudo-inputs to be worth dividing too.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="batchSize">Items of the whole batch.</param>
    /// <param name="ranks">Ranks that divide it, each with as many threads as torch has.</param>
    internal static bool Suit(TModel model, Objective<TModel> objective, int batchSize, int ranks = 1)
        => objective.IsMeanOverItems && batchSize > 1
            && batchSize * objective.SamplesPerItem >= 2 * FewestRows && torch.get_num_threads() * ranks > 1
            && ItemwiseLayers.AreAllOf(model)
            && model.modules().OfType<VampPrior>().All(prior => prior == VampPriorOf(model) && prior.ComponentCount >= 2 * FewestRows);

    /// <summary>Refuses what halves would get wrong.</summary>
    /// <exception cref="ArgumentException">The objective is no mean over items, a layer takes moments of a batch, or the model is not on
    /// the CPU.</exception>
    internal static void Require(TModel model, Objective<TModel> objective)
    {
        if (!objective.IsMeanOverItems)
        {
            throw new ArgumentException(
                $"SplitBatches is set, but {objective.GetType().Name} with these options is no mean over a batch's items "
                + "(IsMeanOverItems is false), so its halves do not add up; leave SplitBatches null", nameof(objective));
        }
        if (DivisionCheck.BatchStatistics(model) is { } layer)
            throw new ArgumentException($"SplitBatches is set, but the layer '{layer}' takes or keeps moments of all items of a batch, "
                + "which halves have not; leave SplitBatches null, or take GroupNorm or LayerNorm", nameof(model));
        if (model.parameters().FirstOrDefault(parameter => parameter.device_type != DeviceType.CPU) is { } elsewhere)
            throw new ArgumentException($"SplitBatches is set, but the model is on {elsewhere.device}; halves are for the CPU, "
                + "leave SplitBatches null", nameof(model));
    }

    /// <summary>Divides torch's threads between the halves, for the steps of an epoch, until it is disposed.</summary>
    internal IDisposable ShareThreads() => _team.ShareThreads();

    /// <summary>
    /// Adds the batch's gradients to those of the parameters, and returns its loss and terms, the weighted means of the halves'.
    /// </summary>
    internal ObjectiveReading Backpropagate(Batch batch) => Backpropagate(batch, new(batch.Total, 0, batch.Total), counts: true);

    /// <summary>The same for some of the batch's items, with the noise that they have in its halves.</summary>
    /// <param name="batch">The whole batch, or at least those.</param>
    /// <param name="own">Which items.</param>
    /// <param name="counts">Whether their gradients are wanted too.</param>
    internal ObjectiveReading Backpropagate(Batch batch, ItemRows own, bool counts)
    {
        var seeds = NoiseSource.Seeds(2);
        var parts = Parts(own, batch.Total / 2);
        using var step = _dense?.Step();
        if (parts.Length == 1)
        {
            var reading = Part(batch, parts[0], 0, seeds, counts, components: null);
            _dense?.HandOver();
            return reading;
        }
        var readings = new ObjectiveReading[2];
        try
        {
            _components?.Encode(_team, _dense);
            _team.Run(index => readings[index] = Part(batch, parts[index], index, seeds, counts, _components));
            _components?.Backpropagate(_team, _dense);
            _dense?.HandOver(_team);
        }
        finally
        {
            _components?.Clear();
        }
        return ObjectiveReading.Mean(readings[0], readings[1], (double)parts[0].Rows.Count / own.Count);
    }

    public void Dispose()
    {
        _team.Dispose();
        _dense?.Dispose();
        Array.ForEach(_noise, generator => generator.Dispose());
    }

    /// <summary>Passes of fully connected layers by our own products so far.</summary>
    internal long Taken => _dense?.Taken ?? 0;

    // What comes before the decoder gets gradients from the loss and from the decoder, one after the other: that may be the output of the
    // encoder's own pass, which is each half's own, but no parameter, to which four terms would be added in whichever order they come.
    // Objectives of others may send to the decoder what comes from a prior that learns, too.
    private static DenseTraining? DenseTrainingOf(TModel model, Objective<TModel> objective)
        => model is Vae { Encoder: MlpEncoder } vae
            && (objective.GetType().Assembly == typeof(MlpEncoder).Assembly || !vae.Prior.parameters().Any())
            ? FastPaths.OwnProducts(model, objective, members: 2) : null;

    private static VampPrior? VampPriorOf(TModel model) => (model as Vae)?.Prior as VampPrior;

    // What some items have of each half. One half's alone are divided between the threads, if there are two: the noise stays the half's.
    private (int Half, long Start, ItemRows Rows)[] Parts(ItemRows own, long cut)
    {
        var first = Math.Min(own.End, cut) - own.Start;
        if (first > 0 && first < own.Count)
            return [(0, own.Start, new(cut, own.Start, first)), (1, cut, new(own.Total - cut, 0, own.Count - first))];
        var (half, before, size) = first > 0 ? (0, 0L, cut) : (1, cut, own.Total - cut);
        var rows = new ItemRows(size, own.Start - before, own.Count);
        if (!_hasThreads || rows.Count < 2)
            return [(half, own.Start, rows)];
        var middle = rows.Count / 2;
        return [
            (half, own.Start, rows with { Count = middle }),
            (half, own.Start + middle, rows with { Start = rows.Start + middle, Count = rows.Count - middle })];
    }

    private ObjectiveReading Part(
        Batch batch, (int Half, long Start, ItemRows Rows) part, int index, long[] seeds, bool counts, ComponentHalves? components)
    {
        using var source = NoiseSource.Use(_noise[index], seeds[part.Half]);
        using var rows = NoiseSource.Divide(part.Rows);
        using var shown = components?.Show(index);
        using var scope = torch.NewDisposeScope();
        using var items = new ItemRows(batch.Total, part.Start, part.Rows.Count).Of(batch);
        var result = TrainingLoop.Computed(model, objective, items, _dense?.Tape(index));
        if (counts)
            TrainingLoop.Backpropagate(result.Loss, (double)items.Size / batch.Total, _dense?.Tape(index));
        return ObjectiveReading.Of(result);
    }
}
