using TorchSharp;

namespace VaeToolkit;

/// <summary>Rows of token numbers, <c>[N, L]</c>: reading and checking them, and what networks are fed.</summary>
internal static class TokenRows
{
    /// <summary>The rows as whole numbers.</summary>
    /// <exception cref="ArgumentException">They are no rows of an alphabet with so many symbols; the message says why.</exception>
    public static int[,] Read(torch.Tensor rows, int symbols, string name)
    {
        ArgumentNullException.ThrowIfNull(rows, name);
        if (rows.Dimensions != 2 || rows.shape[0] == 0 || rows.shape[1] == 0)
            throw new ArgumentException($"{name} has shape {Shape.Text(rows)}; it must be rows [N, L] of token numbers", name);
        using var scope = torch.NewDisposeScope();
        var tokens = new int[rows.shape[0], rows.shape[1]];
        var values = rows.detach().to(torch.float64).cpu().contiguous().data<double>();
        var (row, at) = (0, 0);
        foreach (var value in values)
        {
            // What is no whole number becomes a token that there is not.
            tokens[row, at] = value == Math.Floor(value) && value is >= 0 and <= int.MaxValue ? (int)value : -1;
            if (++at == tokens.GetLength(1))
                (row, at) = (row + 1, 0);
        }
        return Explain(tokens, symbols, tokens.GetLength(1)) is { } fault ? throw new ArgumentException($"{name}: {fault}", name) : tokens;
    }

    /// <summary>Refuses what is no token of an alphabet with so many symbols, wherever it stands in a row.</summary>
    /// <exception cref="ArgumentException">There is such; the first is named.</exception>
    public static void RequireTokens(torch.Tensor rows, int symbols, string name)
    {
        using var scope = torch.NewDisposeScope();
        var values = rows.detach().to(torch.float64).cpu().contiguous().data<double>();
        var (last, length, at) = (symbols + TokenAlphabet.FirstSymbol - 1, rows.shape[^1], 0L);
        foreach (var value in values)
        {
            if (value != Math.Floor(value) || !(value >= 0 && value <= last))
            {
                var token = value == Math.Floor(value) && value is >= 0 and <= int.MaxValue ? (int)value : -1;
                throw new ArgumentException(
                    $"{name}: row {at / length} has {Named(token)} at place {at % length}; tokens are from 0 to {last}", name);
            }
            at++;
        }
    }

    /// <summary>Why rows are none of a decoder's sequences, or null.</summary>
    public static string? Explain(torch.Tensor rows, int symbols, int length)
    {
        try
        {
            return Explain(Read(rows.Dimensions > 2 ? rows.flatten(1) : rows, symbols, nameof(rows)), symbols, length);
        }
        catch (ArgumentException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>
    /// Tokens <c>[N, T]</c> (int64) up to the longest sequence of a batch: what follows is padding for all.
    /// </summary>
    /// <param name="rows">The tokens.</param>
    /// <param name="told">How long that is at most. On the CPU, where it costs nothing, the tokens themselves tell.</param>
    public static torch.Tensor Trimmed(torch.Tensor rows, int? told)
    {
        var tokens = rows.to(torch.int64);
        long? longest = rows.device_type == DeviceType.CPU ? Longest(tokens)
            : told is { } most ? Math.Min(most, tokens.shape[1])
            : rows.device_type == DeviceType.META ? null : Longest(tokens);
        return longest is { } length ? tokens.narrow(1, 0, Math.Max(1, length)) : tokens;
    }

    /// <summary>What stands before each token: the start, then the tokens without their last, <c>[N, T]</c>.</summary>
    public static torch.Tensor Previous(torch.Tensor tokens)
        => torch.cat([torch.full_like(tokens.narrow(1, 0, 1), TokenAlphabet.Start), tokens.narrow(1, 0, tokens.shape[1] - 1)], 1);

    /// <summary>Rows one-hot over the end and the symbols, <c>[N, L, A + 1]</c>; padding is all zeros.</summary>
    public static torch.Tensor OneHot(torch.Tensor rows, int symbols)
    {
        // Padding takes a class of its own, which is cut off.
        var classes = (rows.to(torch.int64) - TokenAlphabet.Start).clamp_min(0);
        return torch.nn.functional.one_hot(classes, symbols + 2).narrow(-1, 1, symbols + 1).to(rows.dtype);
    }

    /// <summary>Sizes of an alphabet and of rows that there can be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not so.</exception>
    public static void RequireSizes(int symbolCount, int length)
    {
        if (symbolCount is < 1 or > TokenAlphabet.MostSymbols)
            throw new ArgumentOutOfRangeException(
                nameof(symbolCount), symbolCount, $"an alphabet has from 1 to {TokenAlphabet.MostSymbols} symbols");
        if (length < 2)
            throw new ArgumentOutOfRangeException(nameof(length), length, "a row must have room for a symbol and the end, 2 tokens");
    }

    private static long Longest(torch.Tensor tokens) => (tokens != TokenAlphabet.Padding).sum(1).max().ToInt64();

    private static string? Explain(int[,] tokens, int symbols, int length)
    {
        var last = symbols + TokenAlphabet.FirstSymbol - 1;
        for (var row = 0; row < tokens.GetLength(0); row++)
        {
            var end = -1;
            for (var at = 0; at < tokens.GetLength(1); at++)
            {
                var token = tokens[row, at];
                if (end < 0 && token == TokenAlphabet.End)
                    end = at;
                else if (end >= 0 ? token != TokenAlphabet.Padding : token < TokenAlphabet.FirstSymbol || token > last)
                    return $"row {row} has {Named(token)} at place {at}; it must be symbols (tokens {TokenAlphabet.FirstSymbol} to "
                        + $"{last}), one end ({TokenAlphabet.End}) and then padding ({TokenAlphabet.Padding})";
            }
            if (end < 0)
                return $"row {row} has no end (token {TokenAlphabet.End})";
            if (end >= length)
                return $"row {row} has {end} symbols; the decoder makes at most {length - 1}";
        }
        return null;
    }

    private static string Named(int token) => token < 0 ? "what is no token" : $"token {token}";
}
