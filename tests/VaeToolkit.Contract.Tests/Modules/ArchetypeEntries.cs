using TorchSharp;
using VaeToolkit.Archetypes;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the library of archetypes.</summary>
internal static class ArchetypeEntries
{
    public static IEnumerable<ModuleEntry> All =>
    [
        ModuleEntry.Of(nameof(ArchetypeEncoder), () => ArchetypeEncoder.Mlp(6, 3, [5, 4]), (encoder, place)
            => OfReading(encoder.Read(place.Unit(4, 6)), place)),
        ModuleEntry.OfPrior(nameof(DirichletPrior), () => new DirichletPrior(3, Few)) with { HasParameters = false },
        OfModel(nameof(DeepArchetypes), WithSide),
        OfModel("DeepArchetypes of pictures", () => new DeepArchetypes(
            ArchetypeEncoder.Convolutional([1, 8, 8], 3, [3, 4], 5),
            new MlpDecoder(2, [5], ObservationModel.Bernoulli(1, 8, 8)), new StandardNormalPrior(2))),
    ];

    private static DirichletPriorOptions Few => new() { Points = 20, NoiseScale = 0.5 };

    /// <summary>A model of items of six values with two more beside them.</summary>
    public static DeepArchetypes WithSide() => new(
        ArchetypeEncoder.Mlp(6, 3, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new DirichletPrior(3, Few),
        new MlpDecoder(2, [5], ObservationModel.Gaussian(1, 2)));

    private static ModuleEntry OfModel(string name, Func<DeepArchetypes> make) => ModuleEntry.Of(name, make, Loss) with
    {
        Save = (module, path) => ((DeepArchetypes)module).SaveWeights(path),
        Load = (module, path) =>
        {
            ((DeepArchetypes)module).LoadWeights(path);
            return module;
        },
    };

    private static torch.Tensor Loss(DeepArchetypes model, Place place)
    {
        var x = place.Levels([4, .. model.ItemShape]);
        var reading = model.Encoder.Read(x);
        var code = reading.Posterior.Mean;
        var loss = OfReading(reading, place) - (model.Prior.LogProb(code) + model.Decode(code).LogProb(x)).mean();
        return model.Side is null ? loss : loss + (model.DecodeSide(code).Mean - place.Unit(4, 2)).square().mean();
    }

    private static torch.Tensor OfReading(ArchetypeReading reading, Place place)
        => ModuleEntry.OfPosterior(reading.Posterior, place) + reading.PredictedVertices().square().sum();
}
