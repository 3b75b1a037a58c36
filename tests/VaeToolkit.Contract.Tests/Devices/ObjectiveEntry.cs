using TorchSharp;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>An objective, its model and a batch at a place.</summary>
/// <param name="Type">The objective's type.</param>
/// <param name="Prepare">Makes all three and gives what computes the results for training and for validation.</param>
internal sealed record ObjectiveEntry(Type Type, Func<Place, Func<ObjectiveResult[]>> Prepare)
{
    /// <summary>Why it cannot be computed where there are no numbers, or null.</summary>
    public string? NotOnMeta { get; init; }

    /// <summary>An objective with a model of its own kind.</summary>
    public static ObjectiveEntry Of<TModel>(Func<Place, Objective<TModel>> objective, Func<TModel> model, Func<Place, Batch> batch)
        where TModel : torch.nn.Module
        => new(objective(Place.Usual).GetType(), place =>
        {
            var (moved, objectiveThere, items) = (place.Move(model()), objective(place), batch(place));
            return () => [objectiveThere.Compute(moved, items), objectiveThere.ComputeForValidation(moved, items)];
        });

    /// <summary>An objective of a VAE.</summary>
    public static ObjectiveEntry OfVae(Func<Objective<Vae>> objective, Func<Vae>? model = null)
        => Of(_ => objective(), model ?? (() => Modules.CoreEntries.SmallVae()), place => new Batch(place.Levels(4, 6)));
}
