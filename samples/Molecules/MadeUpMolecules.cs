using VaeToolkit.Molecules;

namespace VaeToolkit.Samples;

/// <summary>Strings that are molecules by the grammar, with invented properties, for machines without data.</summary>
internal static class MadeUpMolecules
{
    // A piece of a chain, its heavy atoms, and what it adds to a likeness of logP.
    private static readonly (string Text, int Atoms, double LogP)[] s_pieces =
    [
        ("C", 1, 0.5), ("CC", 2, 1), ("C(C)", 2, 0.9), ("O", 1, -0.9), ("N", 1, -0.8), ("C(=O)", 2, -0.7), ("C(O)", 2, -0.6),
        ("c1ccc(cc1)", 6, 1.8), ("C1CC1", 3, 1.1), ("S", 1, 0.3), ("C(Cl)", 2, 0.9), ("C(F)", 2, 0.4), ("C(N)", 2, -0.5), ("C=C", 2, 0.8),
    ];

    /// <summary>The properties that the sample takes.</summary>
    public static IReadOnlyList<string> Properties { get; } = ["logp", "qed", "sas", "heavy_atoms"];

    /// <summary>Different strings by a seed.</summary>
    public static MoleculeTable Draw(int count, int seed)
    {
        var random = new Random(seed);
        var found = new Dictionary<string, (int Atoms, double LogP)>();
        while (found.Count < count)
        {
            var pieces = Enumerable.Range(0, random.Next(2, 9)).Select(_ => s_pieces[random.Next(s_pieces.Length)]).ToArray();
            found[string.Concat(pieces.Select(piece => piece.Text))] = (pieces.Sum(piece => piece.Atoms), pieces.Sum(piece => piece.LogP));
        }
        var (smiles, values) = (found.Keys.ToArray(), new double[count, 4]);
        foreach (var (row, (atoms, logP)) in found.Values.Index())
        {
            values[row, 0] = logP;
            values[row, 1] = Math.Exp(-Math.Pow((logP - 2) / 3, 2) - Math.Pow((atoms - 10) / 8.0, 2));
            values[row, 2] = 1 + (atoms / 6.0);
            values[row, 3] = atoms;
        }
        return new(smiles, Properties, values);
    }
}
