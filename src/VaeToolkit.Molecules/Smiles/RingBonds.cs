namespace VaeToolkit.Molecules;

/// <summary>Finds the bonds that are part of a ring: all but the bridges of the graph.</summary>
internal static class RingBonds
{
    /// <summary>Sets <see cref="SmilesBond.IsInRing"/> of every bond. It does not recurse: strings may be long.</summary>
    public static void Mark(Molecule molecule)
    {
        var count = molecule.Atoms.Count;
        var (order, lowest) = (new int[count], new int[count]);
        var (next, path) = (new int[count], new Stack<(int Atom, SmilesBond? Through)>());
        foreach (var bond in molecule.Bonds)
            bond.IsInRing = true;
        var visited = 0;
        for (var root = 0; root < count; root++)
        {
            if (order[root] > 0)
                continue;
            order[root] = lowest[root] = ++visited;
            path.Push((root, null));
            while (path.TryPeek(out var at))
            {
                if (next[at.Atom] < molecule.Atoms[at.Atom].Bonds.Count)
                {
                    var bond = molecule.Atoms[at.Atom].Bonds[next[at.Atom]++];
                    var other = bond.Other(at.Atom);
                    if (bond == at.Through)
                        continue;
                    if (order[other] > 0)
                    {
                        lowest[at.Atom] = Math.Min(lowest[at.Atom], order[other]);
                        continue;
                    }
                    order[other] = lowest[other] = ++visited;
                    path.Push((other, bond));
                    continue;
                }
                path.Pop();
                if (at.Through is not { } through)
                    continue;
                var before = through.Other(at.Atom);
                lowest[before] = Math.Min(lowest[before], lowest[at.Atom]);
                through.IsInRing = lowest[at.Atom] <= order[before];
            }
        }
    }
}
