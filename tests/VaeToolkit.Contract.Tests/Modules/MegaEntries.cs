using MathNet.Numerics.LinearAlgebra;
using VaeToolkit.Mega;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the library of moment gaps.</summary>
internal static class MegaEntries
{
    public static IEnumerable<ModuleEntry> All =>
    [
        CoreEntries.OfVae(nameof(LinearVae), Linear) with { ParametersMade = 2 },
        ModuleEntry.OfEncoder("LinearGaussianEncoder of moment gaps", Encoder, 4, 6) with { ParametersMade = 2 },
        ModuleEntry.OfDecoder("LinearGaussianDecoder of moment gaps", Decoder) with { ParametersMade = 2 },
    ];

    /// <summary>A linear VAE in the numbers of the others.</summary>
    public static Vae Linear() => Place.Usual.Move(LinearVae.Create(Mean, 2, seed: 1));

    private static LinearGaussianEncoder Encoder()
        => Place.Usual.Move(new LinearGaussianEncoder(Weights.Transpose(), Mean, Vector<double>.Build.Dense(2, 0.5)));

    private static LinearGaussianDecoder Decoder() => Place.Usual.Move(new LinearGaussianDecoder(Weights, Mean, 0.5));

    private static Matrix<double> Weights { get; } = Matrix<double>.Build.Dense(6, 2, (i, j) => 0.3 * i - 0.4 * j);

    private static Vector<double> Mean { get; } = Vector<double>.Build.Dense(6, i => 0.1 * i);
}
