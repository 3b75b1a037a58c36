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
    private readonly ComponentHalves? _components = VampPriorOf(model) is { ComponentCount: > 1 } prior ? new(prior) : null;

    /// <summary>
    /// Whether halves give the whole batch's loss and gradients, and pay: with two threads or more, for an objective that is a mean over
    /// items and a model that treats every item by itself. A VampPrior must be a Vae's own,
    /// with enough pseudo-inputs to be worth dividing too.
    /// </summary>
    internal static bool Suit(TModel model, Objective<TModel> objective, int batchSize)
        => objective.IsMeanOverItems && batchSize > 1
            && batchSize * objective.SamplesPerItem >= 2 * FewestRows && torch.get_num_threads() > 1
            && ItemwiseLayers.AreAllOf(model)
            && model.modules().OfType<VampPrior>().All(prior => prior == VampPriorOf(model) && prior.ComponentCount >= 2 * FewestRows);

    /// <summary>Refuses what halves would get wrong.</summary>
    /// <exception cref="ArgumentException">The objective is no mean over items, or the model is not on the CPU.</exception>
    internal static void Require(TModel model, Objective<TModel> objective)
    {
        if (!objective.IsMeanOverItems)
        {
            throw new ArgumentException(
                $"SplitBatches is set, but {objective.GetType().Name} with these options is no mean over a batch's items "
                + "(IsMeanOverItems is false), so its halves do not add up; leave SplitBatches null", nameof(objective));
        }
        if (model.parameters().FirstOrDefault(parameter => parameter.device_type != DeviceType.CPU) is { } elsewhere)
            throw new ArgumentException($"SplitBatches is set, but the model is on {elsewhere.device}; halves are for the CPU, "
                + "leave SplitBatches null", nameof(model));
    }

    /// <summary>Divides torch's threads between the halves, for the steps of an epoch, until it is disposed.</summary>
    internal IDisposable ShareThreads() => _team.ShareThreads();

    /// <summary>
    /// Adds the batch's gradients to those of the parameters, and returns its loss and terms, the weighted means of the halves'.
    /// </summary>
    internal ObjectiveReading Backpropagate(Batch batch)
    {
        var readings = new ObjectiveReading[2];
        var seeds = torch.randint(0, int.MaxValue, [2L], dtype: torch.int64, device: torch.CPU).data<long>().ToArray();
        var cut = batch.Size / 2;
        try
        {
            _components?.Encode(_team);
            _team.Run(
                half => readings[half] = half == 0 ? Half(batch, 0, cut, 0, seeds[0]) : Half(batch, cut, batch.Size - cut, 1, seeds[1]));
            _components?.Backpropagate(_team);
        }
        finally
        {
            _components?.Clear();
        }
        return ObjectiveReading.Mean(readings[0], readings[1], (double)cut / batch.Size);
    }

    public void Dispose()
    {
        _team.Dispose();
        Array.ForEach(_noise, generator => generator.Dispose());
    }

    private static VampPrior? VampPriorOf(TModel model) => (model as Vae)?.Prior as VampPrior;

    private ObjectiveReading Half(Batch batch, long start, long count, int index, long seed)
    {
        using var source = NoiseSource.Use(_noise[index], seed);
        using var components = _components?.Show(index);
        using var scope = torch.NewDisposeScope();
        using var half = new Batch(batch.Items.narrow(0, start, count), batch.Labels?.narrow(0, start, count));
        var result = objective.Compute(model, half);
        TrainingLoop.Backpropagate(result.Loss, (double)count / batch.Size);
        return ObjectiveReading.Of(result);
    }
}
