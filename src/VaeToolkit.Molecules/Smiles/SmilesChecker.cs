namespace VaeToolkit.Molecules;

/// <summary>
/// Says whether a string is a molecule, by the rules that RDKit reads SMILES by (RDKit 2024.09 and later): its grammar, charges moved
/// where nitro groups and the like are written without them, valences of the element with as many electrons, and Kekulé structures for
/// aromatic rings. It makes no coordinates and looks at no stereochemistry.
/// </summary>
/// <remarks>The empty string is no molecule here, and white space is no part of one.</remarks>
public static class SmilesChecker
{
    /// <summary>Checks a string.</summary>
    /// <param name="smiles">Any string; none is an exception.</param>
    public static SmilesCheck Check(string smiles)
    {
        ArgumentNullException.ThrowIfNull(smiles);
        var parser = new SmilesParser(smiles);
        if (parser.Parse() is not { } molecule)
            return new(false, false, parser.Problem);
        ChargeCleanUp.Apply(molecule);
        var problem = Valence.Assign(molecule) ?? Kekulisation.Explain(molecule);
        return new(true, problem is null, problem);
    }

    /// <summary>Whether a string is a molecule: <see cref="SmilesCheck.Sanitizes"/>.</summary>
    /// <param name="smiles">Any string.</param>
    public static bool IsValid(string smiles) => Check(smiles).Sanitizes;
}
