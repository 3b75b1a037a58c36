namespace VaeToolkit.Molecules;

/// <summary>A bond's kind; a bond between two aromatic atoms that says nothing is aromatic.</summary>
internal enum BondOrder
{
    Unspecified,
    Single,
    Double,
    Triple,
    Quadruple,
    Aromatic,

    // From the donor, which is the bond's first atom, and takes none of its valence.
    Dative,

    // ~ says nothing of the bond at all.
    Any,
}

/// <summary>An atom as it was written.</summary>
internal sealed class SmilesAtom
{
    /// <summary>Atomic number; 0 for *.</summary>
    public int Element { get; init; }

    public bool IsAromatic { get; init; }

    public int Charge { get; set; }

    /// <summary>Hydrogens that a bracket states.</summary>
    public int StatedHydrogens { get; init; }

    /// <summary>Whether it stands in brackets, so that no hydrogens are added.</summary>
    public bool IsInBrackets { get; init; }

    public List<SmilesBond> Bonds { get; } = [];

    /// <summary>The valence of what is written, set by <see cref="Valence"/>.</summary>
    public int WrittenValence { get; set; }

    /// <summary>Hydrogens that are added, set by <see cref="Valence"/>.</summary>
    public int AddedHydrogens { get; set; }
}

/// <summary>A bond between two atoms, by their numbers.</summary>
internal sealed class SmilesBond(int first, int second, BondOrder order)
{
    public int First { get; set; } = first;

    public int Second { get; set; } = second;

    public BondOrder Order { get; set; } = order;

    public bool IsInRing { get; set; }

    public int Other(int atom) => atom == First ? Second : First;

    /// <summary>Twice what it takes of an atom's valence: aromatic bonds count one and a half.</summary>
    public int TwiceValence(int atom) => Order switch
    {
        BondOrder.Single => 2,
        BondOrder.Double => 4,
        BondOrder.Triple => 6,
        BondOrder.Quadruple => 8,
        BondOrder.Aromatic => 3,
        BondOrder.Dative => atom == First ? 0 : 2,
        _ => 0,
    };
}

/// <summary>Atoms and bonds, without stereochemistry.</summary>
internal sealed class Molecule
{
    public List<SmilesAtom> Atoms { get; } = [];

    public List<SmilesBond> Bonds { get; } = [];

    public bool AreBonded(int one, int other) => Atoms[one].Bonds.Exists(bond => bond.Other(one) == other);

    public void Bond(int first, int second, BondOrder order)
    {
        var bond = new SmilesBond(first, second, order);
        Bonds.Add(bond);
        Atoms[first].Bonds.Add(bond);
        Atoms[second].Bonds.Add(bond);
    }

    /// <summary>Whether an atom, or a bond of it, is aromatic.</summary>
    public static bool IsAromatic(SmilesAtom atom) => atom.IsAromatic || atom.Bonds.Exists(bond => bond.Order == BondOrder.Aromatic);
}
