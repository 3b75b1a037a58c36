namespace VaeToolkit.Molecules;

/// <summary>
/// Molecules that are often written with more bonds than an atom has: charges are moved where nitro groups, azides, and oxides of
/// phosphorus and halogens are written without them, and a bond to a metal is one that an atom gives where it has none left to share.
/// </summary>
internal static class ChargeCleanUp
{
    public static void Apply(Molecule molecule)
    {
        for (var i = 0; i < molecule.Atoms.Count; i++)
        {
            var atom = molecule.Atoms[i];
            if (atom.Charge != 0)
                continue;
            switch (atom.Element)
            {
                case Elements.Nitrogen when Valence.Written(atom, i) == 5:
                    Nitrogen(molecule, atom, i);
                    break;
                case Elements.Phosphorus when Valence.Written(atom, i) == 5 && atom.Bonds.Count == 3:
                    Phosphorus(molecule, atom, i);
                    break;
                case 17 or 35 or 53 when Valence.Written(atom, i) is 3 or 5 or 7:
                    Halogen(molecule, atom, i);
                    break;
            }
        }
        for (var i = 0; i < molecule.Atoms.Count; i++)
            BondToMetal(molecule, i);
    }

    // CN(=O)=O becomes C[N+](=O)[O-], and CN=N#N becomes CN=[N+]=[N-].
    private static void Nitrogen(Molecule molecule, SmilesAtom atom, int number)
    {
        foreach (var bond in atom.Bonds)
        {
            var other = molecule.Atoms[bond.Other(number)];
            if (other.Charge != 0 || (other.Element, bond.Order) is not (
                (Elements.Oxygen, BondOrder.Double) or (Elements.Nitrogen, BondOrder.Triple)))
                continue;
            bond.Order = bond.Order == BondOrder.Double ? BondOrder.Single : BondOrder.Double;
            (atom.Charge, other.Charge) = (1, -1);
            return;
        }
    }

    // C=P(=O)X becomes C=[P+]([O-])X.
    private static void Phosphorus(Molecule molecule, SmilesAtom atom, int number)
    {
        SmilesAtom Other(SmilesBond bond) => molecule.Atoms[bond.Other(number)];
        var doubles = atom.Bonds.FindAll(bond => bond.Order == BondOrder.Double);
        var oxide = doubles.FindLast(bond => Other(bond) is { Element: Elements.Oxygen, Charge: 0 });
        if (oxide is null || !doubles.Exists(
            bond => Other(bond) is { Element: Elements.Carbon or Elements.Nitrogen, Bonds.Count: >= 2 }))
            return;
        oxide.Order = BondOrder.Single;
        (atom.Charge, Other(oxide).Charge) = (1, -1);
    }

    // Cl(=O)(=O)(=O)O becomes [Cl+3]([O-])([O-])([O-])O.
    private static void Halogen(Molecule molecule, SmilesAtom atom, int number)
    {
        if (!atom.Bonds.TrueForAll(bond => molecule.Atoms[bond.Other(number)].Element == Elements.Oxygen))
            return;
        foreach (var bond in atom.Bonds.Where(bond => bond.Order == BondOrder.Double))
        {
            bond.Order = BondOrder.Single;
            molecule.Atoms[bond.Other(number)].Charge = -1;
            atom.Charge++;
        }
    }

    private static void BondToMetal(Molecule molecule, int number)
    {
        var atom = molecule.Atoms[number];
        if (Elements.IsMetal(atom.Element) || atom.Element is 0 or 1 or 2 or 9 or 10 || atom.Element - atom.Charge <= 0)
            return;
        var written = Valence.Written(atom, number);
        if (written > 4 || Valence.Allowed(atom) is not [.., > 0 and var most] || written <= most)
            return;
        var given = atom.Bonds.Where(bond => bond.Order == BondOrder.Single && Elements.IsMetal(molecule.Atoms[bond.Other(number)].Element))
            .MinBy(bond => molecule.Atoms[bond.Other(number)].Bonds.Count(other => other.Order == BondOrder.Dative));
        if (given is not null)
            (given.First, given.Second, given.Order) = (number, given.Other(number), BondOrder.Dative);
    }
}
