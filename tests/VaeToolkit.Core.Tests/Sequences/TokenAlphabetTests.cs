using TorchSharp;

namespace VaeToolkit.Tests.Sequences;

/// <summary>Texts become rows and come back; what is no text of the alphabet is refused by name.</summary>
public sealed class TokenAlphabetTests
{
    private static readonly TokenAlphabet s_alphabet = new(["C", "Cl", "l", "(", ")"]);

    [Fact]
    public void Symbols_are_tokens_from_three_on_and_the_longest_that_fits_is_taken()
        => s_alphabet.Tokenise("CClC(l)").Should().Equal(3, 4, 3, 6, 5, 7);

    [Fact]
    public void A_row_is_the_symbols_the_end_and_padding()
    {
        using var rows = s_alphabet.Rows(["CCl", "l"], 5);
        rows.shape.Should().Equal(2, 5);
        rows.Values().Should().Equal(3, 4, 2, 0, 0, 5, 2, 0, 0, 0);
    }

    [Theory]
    [InlineData("C", "(Cl)", "lCCCC")]
    public void Rows_and_one_hot_come_back_as_the_texts(params string[] texts)
    {
        using var scope = torch.NewDisposeScope();
        var rows = s_alphabet.Rows(texts, 7);
        var oneHot = s_alphabet.OneHot(rows);
        oneHot.shape.Should().Equal(texts.Length, 7, 6);
        oneHot.sum(-1).Values().Should().Equal((rows != 0).to(torch.float32).Values());
        s_alphabet.Texts(s_alphabet.FromOneHot(oneHot)).Should().Equal(texts);
    }

    [Fact]
    public void The_characters_of_texts_are_in_the_order_of_their_codes()
        => TokenAlphabet.OfCharacters(["cb", "ab"]).Symbols.Should().Equal("a", "b", "c");

    [Fact]
    public void Texts_that_fit_are_found() => s_alphabet.Fitting(["CCC", "C", "ClClCl", "CCCC"], 4).Should().Equal(0, 1, 2);

    [Fact]
    public void What_is_no_alphabet_is_refused()
    {
        Refused(() => new TokenAlphabet(["a", "b", "a"]), "*'a' stands twice*");
        Refused(() => new TokenAlphabet([]), "*0 symbols*");
        Refused(() => new TokenAlphabet(["a", ""]), "*symbol 1*empty*");
        Refused(() => new TokenAlphabet([.. Enumerable.Range(0, 257).Select(i => $"<{i}>")]), "*257 symbols*256*");
        new TokenAlphabet([.. Enumerable.Range(0, 256).Select(i => $"<{i}>")]).Count.Should().Be(256);
        Refused(() => TokenAlphabet.OfCharacters([]), "*0 symbols*");
    }

    [Fact]
    public void What_is_no_text_is_refused_by_row_and_character()
    {
        Refused(() => s_alphabet.Rows(["C", "CxC"], 5), "*'x' at place 1 of text 1*");
        Refused(() => s_alphabet.Rows(["Cé"], 5), "*U+00E9*place 1 of text 0*");
        Refused(() => s_alphabet.Rows(["C", ""], 5), "*text 1 is empty*");
        Refused(() => s_alphabet.Rows(["C", "C", "CCCCC"], 5), "*text 2 has 5 symbols*4*");
        Refused(() => s_alphabet.Rows([], 5), "*no texts*");
        Refused(() => s_alphabet.Fitting(["C", "x"], 5), "*'x' at place 0 of text 1*");
        Refused(() => s_alphabet.Tokenise("x"), "*'x' at place 0 is not*");
    }

    [Theory]
    [InlineData(3, 2, 3, "*row 0 has token 3 at place 2*")]
    [InlineData(3, 0, 2, "*row 0 has token 0 at place 1*")]
    [InlineData(1, 2, 0, "*row 0 has token 1 at place 0*")]
    [InlineData(3, 9, 2, "*row 0 has token 9 at place 1*")]
    [InlineData(3, 3.5, 2, "*row 0 has what is no token at place 1*")]
    [InlineData(3, double.NaN, 2, "*row 0 has what is no token at place 1*")]
    [InlineData(3, 4, 5, "*row 0 has no end*")]
    public void What_is_no_row_is_refused(double first, double second, double third, string message)
    {
        using var scope = torch.NewDisposeScope();
        Refused(() => s_alphabet.Texts(torch.tensor(new[,] { { first, second, third } })), message);
    }

    [Fact]
    public void What_is_not_one_hot_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        Refused(() => s_alphabet.FromOneHot(torch.ones(1, 2, 6)), "*single 1*");
        Refused(() => s_alphabet.FromOneHot(torch.zeros(1, 2, 5)), "*[1, 2, 5]*[N, L, 6]*");
    }

    private static void Refused(Func<object?> action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);
}
