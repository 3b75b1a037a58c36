namespace VaeToolkit.Molecules;

/// <summary>
/// Valences: what is written may not take more than an element has, and atoms without brackets are filled up with hydrogens. A charged
/// atom has the valences of the element with as many electrons.
/// </summary>
internal static class Valence
{
    /// <summary>Sets every atom's valence and hydrogens; says which atom has too much, or null.</summary>
    public static string? Assign(Molecule molecule)
    {
        for (var i = 0; i < molecule.Atoms.Count; i++)
        {
            var atom = molecule.Atoms[i];
            if (IsBounded(atom) && atom.Element - atom.Charge is < 0 or > Elements.Highest)
                return $"atom {i} ({Elements.Symbol(atom.Element)}) has a charge of {atom.Charge}";
            atom.WrittenValence = Written(atom, i);
            if (Exceeds(atom))
                return $"atom {i} ({Elements.Symbol(atom.Element)}) has a valence of {atom.WrittenValence}, more than it can have";
            if (Added(atom) is not { } hydrogens)
                return $"atom {i} ({Elements.Symbol(atom.Element)}) has a valence of {atom.WrittenValence}, which it cannot have";
            atom.AddedHydrogens = hydrogens;
        }
        return null;
    }

    /// <summary>The valence of the bonds and hydrogens that are written.</summary>
    public static int Written(SmilesAtom atom, int number)
    {
        var twice = 2 * atom.StatedHydrogens;
        foreach (var bond in atom.Bonds)
            twice += bond.TwiceValence(number);
        var allowed = Allowed(atom);
        if (allowed is [>= 0, ..] && twice > 2 * allowed[0] && Molecule.IsAromatic(atom))
        {
            // An aromatic atom with more than its first valence has the highest that it reaches, give or take one and a half: three
            // aromatic bonds are 4 for carbon, and 3 for nitrogen.
            var reached = allowed[0];
            foreach (var valence in allowed)
            {
                if (valence >= 0 && 2 * valence <= twice)
                    reached = valence;
            }
            if (twice - 2 * reached <= 3)
                twice = 2 * reached;
        }
        return (twice + 1) / 2;
    }

    /// <summary>The valences of the element with as many electrons as a charged atom; of the atom's own where it may have any.</summary>
    public static ReadOnlySpan<int> Allowed(SmilesAtom atom)
        => Elements.ValencesOf(IsBounded(atom) ? Math.Clamp(atom.Element - atom.Charge, 0, Elements.Highest) : atom.Element);

    private static bool IsBounded(SmilesAtom atom) => Elements.ValencesOf(atom.Element).Length > 0;

    private static bool Exceeds(SmilesAtom atom)
    {
        var own = Elements.ValencesOf(atom.Element);
        if (own is [] or [.., -1])
            return false;
        if (KeepsItsOwn(atom))
            return atom.WrittenValence - atom.Charge > own[^1];
        if (atom is { Element: Elements.Hydrogen, Charge: -1 })
            return atom.WrittenValence > 2;
        return Allowed(atom) is [.., >= 0 and var most] && atom.WrittenValence > most;
    }

    // Negative phosphorus, sulfur, arsenic and selenium may have more bonds than the halogens and noble gases that they come to.
    private static bool KeepsItsOwn(SmilesAtom atom) => (atom.Element - atom.Charge, atom.Element) is
        ( > 16, Elements.Phosphorus or Elements.Sulfur) or ( > 34, Elements.Arsenic or Elements.Selenium);

    // Hydrogens up to the next valence; of an aromatic atom up to the first only. Null where there is no such valence.
    private static int? Added(SmilesAtom atom)
    {
        var allowed = Allowed(atom);
        if (atom.IsInBrackets || allowed.Length == 0 || atom.Bonds.Exists(bond => bond.Order == BondOrder.Any))
            return 0;
        var written = atom.WrittenValence;
        if (KeepsItsOwn(atom))
        {
            allowed = Elements.ValencesOf(atom.Element);
            written -= atom.Charge;
        }
        if (Molecule.IsAromatic(atom))
            return written <= allowed[0] ? allowed[0] - written : allowed.Contains(written) ? 0 : null;
        foreach (var valence in allowed)
        {
            if (valence >= written)
                return valence - written;
        }
        return allowed[^1] < 0 ? 0 : null;
    }
}
