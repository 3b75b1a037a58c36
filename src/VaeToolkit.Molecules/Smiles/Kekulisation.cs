namespace VaeToolkit.Molecules;

/// <summary>
/// Whether aromatic rings have a Kekulé structure: every atom that needs one more bond gets a double bond to a neighbour in the ring
/// that needs one too, which is a perfect matching.
/// </summary>
internal static class Kekulisation
{
    /// <summary>Says why there is none, or null.</summary>
    public static string? Explain(Molecule molecule)
    {
        if (!molecule.Atoms.Exists(Molecule.IsAromatic))
            return null;
        RingBonds.Mark(molecule);
        var matching = new PerfectMatching(molecule.Atoms.Count);
        for (var i = 0; i < molecule.Atoms.Count; i++)
        {
            var atom = molecule.Atoms[i];
            var isInRing = atom.Bonds.Exists(bond => bond.IsInRing);
            if (atom.IsAromatic && !isInRing)
                return $"atom {i} ({Elements.Symbol(atom.Element)}) is aromatic and in no ring";
            if (!isInRing)
                continue;
            if (atom.Element == 0)
                matching.Allow(i);
            else if (Molecule.IsAromatic(atom) && NeedsDoubleBond(atom))
                matching.Require(i);
        }
        foreach (var bond in molecule.Bonds.Where(bond => bond.IsInRing))
        {
            if (bond.Order == BondOrder.Aromatic || molecule.Atoms[bond.First].Element == 0 || molecule.Atoms[bond.Second].Element == 0)
                matching.Join(bond.First, bond.Second);
        }
        return matching.FindUnmatched() is { } left ? $"the aromatic ring of atom {left} has no alternating single and double bonds" : null;
    }

    private static bool NeedsDoubleBond(SmilesAtom atom)
    {
        var (single, silent) = (atom.StatedHydrogens + atom.AddedHydrogens, 0);
        foreach (var bond in atom.Bonds)
        {
            var share = bond.Order == BondOrder.Aromatic ? 1 : bond.TwiceValence(bond.First) / 2;
            single += share;
            silent += share == 0 ? 1 : 0;
        }
        var target = Target(atom);
        var neighbours = atom.Bonds.Count + atom.AddedHydrogens - silent;
        return neighbours < target && (target == single + 1 || (atom.IsInBrackets && target == single + 2));
    }

    // The valence that the atom has, or is on the way to.
    private static int Target(SmilesAtom atom)
    {
        var charge = Elements.IsEarly(atom.Element) || (atom.Element == Elements.Carbon && atom.Charge > 0) ? -atom.Charge : atom.Charge;
        var valences = Elements.ValencesOf(atom.Element);
        var total = atom.WrittenValence + atom.AddedHydrogens;
        if (valences.Length == 0)
            return charge - 1;
        var target = valences[0] + charge;
        for (var i = 1; i < valences.Length && valences[i] > 0 && total > target; i++)
            target = valences[i] + charge;
        return target;
    }
}
