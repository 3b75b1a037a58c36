using System.Globalization;

namespace VaeToolkit.Molecules;

/// <summary>Reads a string by the grammar of SMILES: atoms in a chain, branches in parentheses, ring bonds by number.</summary>
internal sealed class SmilesParser(string text)
{
    // Directions around a double bond leave the bond's kind open, but stand between two atoms as a bond does.
    private const BondOrder Direction = (BondOrder)100;
    private const BondOrder DativeToBefore = (BondOrder)101;

    private readonly Molecule _molecule = new();
    private readonly Stack<int> _branches = [];

    // The first ends of ring bonds that wait for their second.
    private readonly Dictionary<int, (int Atom, BondOrder Order)> _openRings = [];
    private readonly List<(int First, int Second, BondOrder Order)> _ringBonds = [];

    private int _at;
    private int _active = -1;

    /// <summary>Why the string is none.</summary>
    public string? Problem { get; private set; }

    /// <summary>The molecule, or null.</summary>
    public Molecule? Parse()
    {
        if (text.Length == 0)
            return Fail("the string is empty");
        if (!TakeAtom(BondOrder.Unspecified))
            return null;
        while (_at < text.Length)
        {
            if (!TakeNext())
                return null;
        }
        if (_branches.Count > 0)
            return Fail("a branch is not closed");
        if (_openRings.Count > 0)
            return Fail($"ring bond {_openRings.Keys.Min()} is not closed");
        return CloseRings() ? _molecule : null;
    }

    private bool TakeNext()
    {
        switch (text[_at])
        {
            case '(':
                _at++;
                _branches.Push(_active);
                return TakeAtom(TakeBond());
            case ')':
                if (!_branches.TryPop(out _active))
                    return Refuse("a branch is closed that is not open");
                _at++;
                return true;
            case '.':
                _at++;
                _active = -1;
                return TakeAtom(BondOrder.Unspecified);
            default:
                var order = TakeBond();
                return _at < text.Length && text[_at] is '%' or (>= '0' and <= '9') ? TakeRingNumber(order) : TakeAtom(order);
        }
    }

    private BondOrder TakeBond()
    {
        var (order, length) = At(0) switch
        {
            '=' => (BondOrder.Double, 1),
            '#' => (BondOrder.Triple, 1),
            '$' => (BondOrder.Quadruple, 1),
            ':' => (BondOrder.Aromatic, 1),
            '~' => (BondOrder.Any, 1),
            '-' when At(1) == '>' => (BondOrder.Dative, 2),
            '<' when At(1) == '-' => (DativeToBefore, 2),
            '-' => (BondOrder.Single, 1),
            '\\' => (Direction, At(1) == '\\' ? 2 : 1),
            '/' => (Direction, 1),
            _ => (BondOrder.Unspecified, 0),
        };
        _at += length;
        return order;
    }

    private bool TakeAtom(BondOrder order)
    {
        var atom = At(0) == '[' ? TakeBracket() : TakePlainAtom();
        if (atom is null)
            return Refuse(_at < text.Length ? $"there must be an atom, not '{text[_at]}'," : "there must be an atom");
        _molecule.Atoms.Add(atom);
        var number = _molecule.Atoms.Count - 1;
        if (_active >= 0)
            Bond(_active, number, order);
        _active = number;
        return true;
    }

    private void Bond(int first, int second, BondOrder order)
    {
        if (order == DativeToBefore)
            (first, second, order) = (second, first, BondOrder.Dative);
        if (order is BondOrder.Unspecified or Direction)
            order = _molecule.Atoms[first].IsAromatic && _molecule.Atoms[second].IsAromatic ? BondOrder.Aromatic : BondOrder.Single;
        _molecule.Bond(first, second, order);
    }

    private SmilesAtom? TakePlainAtom()
    {
        var (element, length, aromatic) = At(0) switch
        {
            'C' when At(1) == 'l' => (17, 2, false),
            'B' when At(1) == 'r' => (35, 2, false),
            'B' => (Elements.Boron, 1, false),
            'C' => (Elements.Carbon, 1, false),
            'N' => (Elements.Nitrogen, 1, false),
            'O' => (Elements.Oxygen, 1, false),
            'P' => (Elements.Phosphorus, 1, false),
            'S' => (Elements.Sulfur, 1, false),
            'F' => (9, 1, false),
            'I' => (53, 1, false),
            '*' => (0, 1, false),
            var letter => (AromaticElement(letter), 1, true),
        };
        if (element < 0)
            return null;
        _at += length;
        return new() { Element = element, IsAromatic = aromatic };
    }

    private static int AromaticElement(char letter) => letter switch
    {
        'b' => Elements.Boron,
        'c' => Elements.Carbon,
        'n' => Elements.Nitrogen,
        'o' => Elements.Oxygen,
        'p' => Elements.Phosphorus,
        's' => Elements.Sulfur,
        _ => -1,
    };

    // [isotope symbol chirality hydrogens charge :label]
    private SmilesAtom? TakeBracket()
    {
        _at++;
        if (IsDigit(At(0)) && TakeNumber() is null)
            return null;
        if (TakeSymbol() is not var (element, aromatic))
            return null;
        // A hydrogen has no chirality.
        if ((element != Elements.Hydrogen && !TakeChirality()) || TakeHydrogens() is not { } hydrogens || TakeCharge() is not { } charge)
            return null;
        if (At(0) == ':')
        {
            _at++;
            if (TakeNumber() is null)
                return null;
        }
        if (At(0) != ']')
            return null;
        _at++;
        return new() { Element = element, IsAromatic = aromatic, Charge = charge, StatedHydrogens = hydrogens, IsInBrackets = true };
    }

    private (int Element, bool IsAromatic)? TakeSymbol()
    {
        if (At(0) == '#')
        {
            _at++;
            return TakeNumber() is { } number and <= Elements.Highest ? (number, false) : null;
        }
        var aromatic = (At(0), At(1)) switch
        {
            ('s', 'i') => 14,
            ('a', 's') => Elements.Arsenic,
            ('s', 'e') => Elements.Selenium,
            ('t', 'e') => 52,
            _ => -1,
        };
        if (aromatic >= 0)
            return Taken(2, aromatic, true);
        if (AromaticElement(At(0)) is >= 0 and var single)
            return Taken(1, single, true);
        if (At(1) is >= 'a' and <= 'z' && Elements.Find(text.Substring(_at, 2)) is { } two)
            return Taken(2, two, false);
        return At(0) != '\0' && Elements.Find(text.Substring(_at, 1)) is { } one ? Taken(1, one, false) : null;
    }

    private (int, bool) Taken(int length, int element, bool aromatic)
    {
        _at += length;
        return (element, aromatic);
    }

    // @, @@, or a class such as @TH1.
    private bool TakeChirality()
    {
        if (At(0) != '@')
            return true;
        _at++;
        if (At(0) == '@')
        {
            _at++;
            return true;
        }
        if ((At(0), At(1)) is ('T', 'H') or ('A', 'L') or ('S', 'P') or ('T', 'B') or ('O', 'H'))
        {
            _at += 2;
            return !IsDigit(At(0)) || TakeNumber() is not null;
        }
        return true;
    }

    private int? TakeHydrogens()
    {
        if (At(0) != 'H')
            return 0;
        _at++;
        return IsDigit(At(0)) ? TakeNumber() : 1;
    }

    private int? TakeCharge()
    {
        var sign = At(0);
        if (sign is not ('+' or '-'))
            return 0;
        _at++;
        var unit = sign == '+' ? 1 : -1;
        if (At(0) == sign)
        {
            _at++;
            return 2 * unit;
        }
        return IsDigit(At(0)) ? TakeNumber() * unit : unit;
    }

    // 0, or digits of which the first is not 0, below 2³¹.
    private int? TakeNumber()
    {
        var start = _at;
        while (IsDigit(At(0)))
            _at++;
        return _at > start && (text[start] != '0' || _at == start + 1)
            && int.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number : null;
    }

    private bool TakeRingNumber(BondOrder order)
    {
        if (RingNumber() is not { } number)
            return Refuse("the ring bond's number cannot be read");
        if (!_openRings.Remove(number, out var open))
            _openRings.Add(number, (_active, order));
        else if (open.Order is BondOrder.Unspecified or Direction)
            _ringBonds.Add((_active, open.Atom, order));
        else
            _ringBonds.Add((open.Atom, _active, open.Order));
        return true;
    }

    // A digit, % and two digits, or up to five in parentheses after %.
    private int? RingNumber()
    {
        if (At(0) != '%')
            return text[_at++] - '0';
        _at++;
        var (start, length) = (_at, 2);
        if (At(0) == '(')
        {
            start++;
            length = 0;
            while (length < 5 && IsDigit(At(length + 1)))
                length++;
            if (length == 0 || At(length + 1) != ')')
                return null;
            _at++;
        }
        else if (!IsDigit(At(0)) || At(0) == '0' || !IsDigit(At(1)))
        {
            return null;
        }
        var number = int.Parse(text.AsSpan(start, length), NumberStyles.None, CultureInfo.InvariantCulture);
        _at = start + length + (start > 0 && text[start - 1] == '(' ? 1 : 0);
        return number;
    }

    private bool CloseRings()
    {
        foreach (var (first, second, order) in _ringBonds)
        {
            if (first == second)
                return Refuse("a ring bond joins an atom to itself");
            if (_molecule.AreBonded(first, second))
                return Refuse("a ring bond joins two atoms that are bonded already");
            Bond(first, second, order);
        }
        return true;
    }

    private char At(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private static bool IsDigit(char letter) => letter is >= '0' and <= '9';

    private bool Refuse(string problem)
    {
        Fail(problem);
        return false;
    }

    private Molecule? Fail(string problem)
    {
        Problem = _at < text.Length ? $"{problem} at place {_at}" : problem;
        return null;
    }
}
