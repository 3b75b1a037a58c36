namespace VaeToolkit.Molecules;

/// <summary>The periodic table: symbols, and the valences that an element may have.</summary>
internal static class Elements
{
    /// <summary>The highest atomic number.</summary>
    public const int Highest = 118;

    public const int Hydrogen = 1;
    public const int Boron = 5;
    public const int Carbon = 6;
    public const int Nitrogen = 7;
    public const int Oxygen = 8;
    public const int Phosphorus = 15;
    public const int Sulfur = 16;
    public const int Arsenic = 33;
    public const int Selenium = 34;

    private static readonly string[] s_symbols =
        ("* H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd "
        + "Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra "
        + "Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og").Split(' ');

    private static readonly Dictionary<string, int> s_numbers = s_symbols.Index().ToDictionary(entry => entry.Item, entry => entry.Index);

    private static readonly int[][] s_valences = Valences();

    // What has neither the look nor the chemistry of a metal.
    private static readonly HashSet<int> s_nonMetals =
        [0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86];

    /// <summary>The valences of an element, in rising order; empty where any is allowed, and where it is at the high end, −1 ends
    /// the list.</summary>
    public static ReadOnlySpan<int> ValencesOf(int element) => s_valences[element];

    /// <summary>The atomic number of a symbol, or null.</summary>
    public static int? Find(string symbol) => s_numbers.TryGetValue(symbol, out var number) ? number : null;

    public static string Symbol(int element) => s_symbols[element];

    public static bool IsMetal(int element) => !s_nonMetals.Contains(element);

    /// <summary>Elements on the left, whose valence falls with each electron that they lose.</summary>
    public static bool IsEarly(int element)
        => element is 3 or 4 or 5 or 11 or 12 or 13 or 19 or 20 or 31 or 37 or 38 or 49 or 55 or 56 or 81;

    private static int[][] Valences()
    {
        var valences = new int[Highest + 1][];
        Array.Fill(valences, []);
        void Are(int[] allowed, params ReadOnlySpan<int> elements)
        {
            foreach (var element in elements)
                valences[element] = allowed;
        }
        Are([0], 2, 10, 18, 36, 86);
        Are([1], 1, 9, 17, 35, 37, 55, 87);
        Are([1, -1], 3, 11, 19);
        Are([2], 4, 8);
        Are([2, -1], 12, 20, 38, 56, 88);
        Are([3], 5, 7, 31, 49, 81);
        Are([3, 6], 13);
        Are([4], 6, 32);
        Are([4, 6], 14);
        Are([3, 5, 7], 15, 33, 51, 83);
        Are([2, 4, 6], 16, 34, 52, 84);
        Are([2, 4], 50, 82);
        Are([1, 3, 5], 53, 85);
        Are([0, 2, 4, 6], 54);
        return valences;
    }
}
