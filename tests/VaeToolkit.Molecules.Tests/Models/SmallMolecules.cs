using TorchSharp;

namespace VaeToolkit.Molecules.Tests.Models;

/// <summary>A few molecules with two properties, and a model small enough for tests.</summary>
internal static class SmallMolecules
{
    public const int Length = 10;

    public static readonly MoleculeTable Table = new(
        ["CCO", "CCN", "C=O", "CC(C)C", "c1ccccc1", "C#N", "OCCO", "CCCC"], ["atoms", "oxygens"],
        new double[,] { { 3, 1 }, { 3, 0 }, { 2, 1 }, { 4, 0 }, { 6, 0 }, { 2, 0 }, { 4, 2 }, { 4, 0 } });

    public static readonly MoleculeVaeOptions Options = new()
    {
        LatentSize = 3,
        Encoder = new() { Channels = [6], Widths = [3], Hidden = 12 },
        Decoder = new() { Hidden = 12, EmbeddingSize = 4, PlaceFeatures = 3, WordDropout = 0 },
        Properties = new() { Hidden = [7], Dropout = 0 },
    };

    public static MoleculeVae Model(bool withProperties = true, MoleculeVaeOptions? options = null)
    {
        torch.manual_seed(1);
        return new(
            TokenAlphabet.OfCharacters(Table.Smiles), Length, withProperties ? PropertyScaling.Fit(Table) : null, options ?? Options);
    }
}
