using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The symbols that sequences are made of, and how texts become rows of token numbers and come back. Token 0 is padding, 1 the start
/// (which stands before a sequence and is never in a row), 2 the end, and the symbols follow from 3 on. A row is the sequence's
/// symbols, one end, and padding.
/// </summary>
/// <remarks>
/// A symbol has one or more characters; where several would fit, the longest is taken. Where no text can be read in two ways, as with
/// symbols of one character, texts come back as they were; in any case they come back as the same text.
/// </remarks>
public sealed class TokenAlphabet
{
    /// <summary>The token after a sequence's end.</summary>
    public const int Padding = 0;

    /// <summary>The token that a decoder is given before the first symbol.</summary>
    public const int Start = 1;

    /// <summary>The token that ends a sequence.</summary>
    public const int End = 2;

    /// <summary>The token of the first symbol.</summary>
    public const int FirstSymbol = 3;

    /// <summary>The most symbols of an alphabet.</summary>
    public const int MostSymbols = 256;

    private readonly Dictionary<string, int> _tokens;
    private readonly int _longest;

    /// <summary>An alphabet of the given symbols, in their order.</summary>
    /// <param name="symbols">The symbols, from 1 to 256, none empty, none twice.</param>
    /// <exception cref="ArgumentException">They are not so; the message names the symbol.</exception>
    public TokenAlphabet(IReadOnlyList<string> symbols)
    {
        ArgumentNullException.ThrowIfNull(symbols);
        if (symbols.Count is 0 or > MostSymbols)
            throw new ArgumentException($"the alphabet has {symbols.Count} symbols; it must have from 1 to {MostSymbols}", nameof(symbols));
        _tokens = new(symbols.Count, StringComparer.Ordinal);
        foreach (var symbol in symbols)
        {
            if (string.IsNullOrEmpty(symbol))
                throw new ArgumentException($"symbol {_tokens.Count} of the alphabet is empty", nameof(symbols));
            if (!_tokens.TryAdd(symbol, FirstSymbol + _tokens.Count))
                throw new ArgumentException($"the symbol '{symbol}' stands twice in the alphabet", nameof(symbols));
            _longest = Math.Max(_longest, symbol.Length);
        }
        Symbols = [.. symbols];
    }

    /// <summary>The symbols, in the order of their tokens.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>The number of symbols A. A decoder gives A + 1 logits: of the end, then of the symbols.</summary>
    public int Count => Symbols.Count;

    /// <summary>The alphabet of all characters of some texts, in the order of their codes.</summary>
    /// <param name="texts">The texts.</param>
    /// <exception cref="ArgumentException">They have no character, or more than 256 different ones.</exception>
    public static TokenAlphabet OfCharacters(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var characters = new SortedSet<char>(texts.SelectMany(text => text));
        return new([.. characters.Select(character => character.ToString())]);
    }

    /// <summary>The tokens of a text, without start and end.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It has a character at which no symbol fits; the message names the character and its
    /// place.</exception>
    public int[] Tokenise(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Tokenise(text, row: null);
    }

    /// <summary>Texts as rows of token numbers: the symbols, one end, padding.</summary>
    /// <param name="texts">The texts, at least one, none empty.</param>
    /// <param name="length">L, the length of a row; a text has at most L − 1 symbols.</param>
    /// <returns><c>[N, L]</c>, float32 on the CPU, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">There are none, or one is empty, too long, or has a character outside the alphabet; the message
    /// names the row. <see cref="Fitting"/> finds those that are short enough.</exception>
    public torch.Tensor Rows(IReadOnlyList<string> texts, int length)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0)
            throw new ArgumentException("there are no texts; there must be at least one", nameof(texts));
        Shape.RequirePositive(length, "the length of a row", nameof(length));
        var values = new float[texts.Count, length];
        for (var row = 0; row < texts.Count; row++)
        {
            var tokens = Tokens(texts[row], row);
            if (tokens.Length >= length)
                throw new ArgumentException(
                    $"text {row} has {tokens.Length} symbols; rows of {length} tokens hold {length - 1} and the end", nameof(texts));
            for (var i = 0; i < tokens.Length; i++)
                values[row, i] = tokens[i];
            values[row, tokens.Length] = End;
        }
        return torch.tensor(values, torch.float32, torch.CPU);
    }

    /// <summary>The places of the texts that rows of a length can hold, in their order.</summary>
    /// <param name="texts">The texts, none empty.</param>
    /// <param name="length">L, the length of a row.</param>
    /// <exception cref="ArgumentException">One is empty, or has a character outside the alphabet; the message names the row.</exception>
    public IReadOnlyList<int> Fitting(IReadOnlyList<string> texts, int length)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return [.. Enumerable.Range(0, texts.Count).Where(row => Tokens(texts[row], row).Length < length)];
    }

    /// <summary>The texts of rows.</summary>
    /// <param name="rows">Rows <c>[N, L]</c>.</param>
    /// <exception cref="ArgumentException">They are no rows of this alphabet; the message says why.</exception>
    public string[] Texts(torch.Tensor rows)
    {
        var tokens = TokenRows.Read(rows, Count, nameof(rows));
        return [.. Enumerable.Range(0, tokens.GetLength(0)).Select(Text)];

        string Text(int row) => string.Concat(
            Enumerable.Range(0, tokens.GetLength(1)).Select(i => tokens[row, i]).TakeWhile(token => token != End)
                .Select(token => Symbols[token - FirstSymbol]));
    }

    /// <summary>Rows one-hot: a 1 at the end's or the symbol's class, of which there are A + 1; padding is all zeros.</summary>
    /// <param name="rows">Rows <c>[N, L]</c>.</param>
    /// <returns><c>[N, L, A + 1]</c>, in the type of <paramref name="rows"/>.</returns>
    /// <exception cref="ArgumentException">They are no rows of this alphabet.</exception>
    public torch.Tensor OneHot(torch.Tensor rows)
    {
        _ = TokenRows.Read(rows, Count, nameof(rows));
        return TokenRows.OneHot(rows, Count);
    }

    /// <summary>The rows of what is one-hot.</summary>
    /// <param name="oneHot"><c>[N, L, A + 1]</c>, as <see cref="OneHot"/> gives.</param>
    /// <returns><c>[N, L]</c>.</returns>
    /// <exception cref="ArgumentException">It has another shape, or is not made of zeros with at most a single 1 at a place.</exception>
    public torch.Tensor FromOneHot(torch.Tensor oneHot)
    {
        ArgumentNullException.ThrowIfNull(oneHot);
        if (oneHot.Dimensions != 3 || oneHot.shape[2] != Count + 1)
            throw new ArgumentException($"oneHot has shape {Shape.Text(oneHot)}; it must be [N, L, {Count + 1}]", nameof(oneHot));
        using var scope = torch.NewDisposeScope();
        var total = oneHot.sum(-1);
        if (!((oneHot == 0) | (oneHot == 1)).all().ToBoolean() || total.max().ToDouble() > 1)
            throw new ArgumentException("oneHot must be zeros with at most a single 1 at a place", nameof(oneHot));
        return ((oneHot.argmax(-1) + End) * total).to(oneHot.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The number of symbols.</summary>
    public override string ToString() => $"an alphabet of {Count} symbols";

    private int[] Tokens(string? text, int row) => string.IsNullOrEmpty(text)
        ? throw new ArgumentException($"text {row} is empty; it must have at least one symbol", nameof(text))
        : Tokenise(text, row);

    private int[] Tokenise(string text, int? row)
    {
        var tokens = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(_longest, text.Length - at);
            int token;
            while (!_tokens.TryGetValue(text.Substring(at, length), out token))
            {
                if (--length == 0)
                    throw Unknown(text, at, row);
            }
            tokens.Add(token);
            at += length;
        }
        return [.. tokens];
    }

    private static ArgumentException Unknown(string text, int at, int? row)
    {
        var code = text[at] is > ' ' and <= '~' ? "" : $" (U+{(int)text[at]:X4})";
        var where = row is { } r ? $" of text {r}" : "";
        return new($"character '{text[at]}'{code} at place {at}{where} is not in the alphabet", nameof(text));
    }
}
