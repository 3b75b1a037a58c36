using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>One way to make a module, with a number to compute from it, and how it differs from the others.</summary>
/// <param name="Name">The name in reports and in the list of keys.</param>
/// <param name="Make">Makes it, with TorchSharp's default generator where it draws.</param>
/// <param name="Loss">A scalar that depends on all its parameters, from inputs made at a place where the module is.</param>
public sealed record ModuleEntry(string Name, Func<torch.nn.Module> Make, Func<torch.nn.Module, Place, torch.Tensor> Loss)
{
    /// <summary>The tolerance of a loss that is computed in bfloat16, which has eight bits.</summary>
    public const double HalfPrecision = 0.02;

    /// <summary>The tolerance of a loss that draws numbers, which are others in float64.</summary>
    public const double DrawsNumbers = 2;

    private const string Kind = "contract";

    /// <summary>False for a module that has nothing to train.</summary>
    public bool HasParameters { get; init; } = true;

    /// <summary>How far the loss in float64 may be from that in float32, as a share of 1 and the loss.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>How often making it makes its parameters: once, and again at every move.</summary>
    public int ParametersMade { get; init; } = 1;

    /// <summary>Parameters of layers that libtorch makes itself, which TorchSharp's counter takes back.</summary>
    public int NativeParameters { get; init; }

    /// <summary>Why the loss cannot be computed where there are no numbers, or null.</summary>
    public string? NotOnMeta { get; init; }

    /// <summary>Writes its weights to a file; by default as any module's.</summary>
    public Action<torch.nn.Module, string> Save { get; init; } = (module, path) => ModelWeights.Save(module, path, Kind);

    /// <summary>Reads them into another one and gives that back, or the one that reading makes.</summary>
    public Func<torch.nn.Module, string, torch.nn.Module> Load { get; init; } = (module, path) =>
    {
        ModelWeights.Load(module, path, Kind);
        return module;
    };

    /// <summary>Makes an entry of a module of a known type.</summary>
    public static ModuleEntry Of<TModule>(string name, Func<TModule> make, Func<TModule, Place, torch.Tensor> loss)
        where TModule : torch.nn.Module
        => new(name, make, (module, place) => loss((TModule)module, place));

    /// <summary>An encoder, whose loss is that of the density of fixed points and of the entropy.</summary>
    public static ModuleEntry OfEncoder(string name, Func<Encoder> make, params long[] inputShape)
        => Of(name, make, (encoder, place) => OfPosterior(encoder.forward(place.Unit(inputShape)), place));

    /// <summary>A decoder, whose loss is that of the density of fixed items.</summary>
    public static ModuleEntry OfDecoder(string name, Func<Decoder> make)
        => Of(name, make, (decoder, place)
            => -decoder.forward(place.Centred(4, decoder.LatentSize)).LogProb(place.Levels([4, .. decoder.ItemShape])).mean());

    /// <summary>The last stage of a decoder, given raw numbers.</summary>
    public static ModuleEntry OfLikelihood(string name, Func<ObservationModel> make) => Of(name, make, (likelihood, place) =>
    {
        var raw = place.Centred([4, likelihood.ItemShape[0] * likelihood.ParametersPerValue, .. likelihood.ItemShape.Skip(1)]);
        return -likelihood.forward(raw).LogProb(place.Levels([4, .. likelihood.ItemShape])).mean();
    });

    /// <summary>A prior, whose loss is that of the density of fixed points.</summary>
    public static ModuleEntry OfPrior(string name, Func<Prior> make)
        => Of(name, make, (prior, place) => -prior.LogProb(place.Centred(5, prior.LatentSize)).mean());

    /// <summary>The density of fixed points under a posterior, and its entropy.</summary>
    public static torch.Tensor OfPosterior(Posterior posterior, Place place)
        => (posterior.Entropy() - posterior.LogProb(place.Centred(posterior.BatchSize, posterior.LatentSize))).mean();

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
