using System.Collections.Immutable;
using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Studies.Tests;

public sealed class SettingTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lists_are_spelt_out_at_any_depth_and_numbers_are_alike_in_every_culture()
    {
        var layers = new Layers([300, 20], 0.5, new() { ["rate"] = 0.001, ["beta"] = 4 });
        string[] texts = [.. InCultures(() => Text(new Nested("a", layers, [layers with { Sizes = [7] }], null)))];
        texts.Should().AllBe(
            "Nested { Name = a, Layers = Layers { Sizes = [300, 20], Rate = 0.5, Extra = [\"beta\": 4, \"rate\": 0.001] }, "
            + "More = [Layers { Sizes = [7], Rate = 0.5, Extra = [\"beta\": 4, \"rate\": 0.001] }], Seed = null }");
        Text(1.5).Should().Be("1.5");
        InCultures(() => Text(new { Rate = 0.5 })).Should().AllBe("{ Rate = 0.5 }");
        InCultures(() => Text((0.5, new[] { 1, 2 }))).Should().AllBe("(0.5, [1, 2])");
        InCultures(() => Text(new OwnText(0.5))).Should().AllBe("rate 0.5");
        Text(new DateTime(2026, 1, 2, 3, 4, 5, 6, DateTimeKind.Utc)).Should().Be("2026-01-02T03:04:05.0060000Z");
        Text(Vector<double>.Build.Dense([1, 2.5])).Should().Be("[1, 2.5]");
        Text(Matrix<double>.Build.Dense(1, 2, [1, 2.5])).Should().Be("[[1, 2.5]]");
        Text(new WithFunction(Square)).Should().Be($"WithFunction {{ Function = {typeof(SettingTextTests)}.Square }}");
        Text(new OwnMembers([1], 2)).Should().Be("OwnMembers { two 2 }", "that is what its author says of it");
    }

    [Fact]
    public void What_is_not_equal_has_not_one_text()
    {
        object[] settings =
        [
            new Nested("", Small, [], null), new Nested("null", Small, [], null), new Nested(null, Small, [], null),
            new Nested("a", Small, [], 0), new Nested("a", Small, [], null), new Nested("a, Seed = 0", Small, [], null),
            new[] { "a, b" }, new[] { "a", "b" }, new[] { "a\", \"b" }, new int[1, 2], new int[2, 1], new int[2], new[] { new int[2] },
            Enumerable.Range(0, 5000).ToArray(), Enumerable.Range(0, 4999).Append(0).ToArray(), Array.Empty<int>(),
        ];
        settings.Select(Text).Should().OnlyHaveUniqueItems().And.OnlyContain(text => text.Length < 400);
    }

    [Fact]
    public void The_order_of_what_has_none_does_not_count()
    {
        string[] names = ["one", "two", "three", "four"];
        Text(names.ToImmutableHashSet()).Should().Be(Text(names.Reverse().ToHashSet())).And.Be("[\"four\", \"one\", \"three\", \"two\"]");
        Text(new Dictionary<string, int> { ["b"] = 1, ["a"] = 2 }).Should().Be("[\"a\": 2, \"b\": 1]");
        Text(new OrderedDictionary<string, int> { ["b"] = 1, ["a"] = 2 }).Should().Be(
            "[\"b\": 1, \"a\": 2]", "this one has an order");
    }

    [Fact]
    public void What_has_no_text_of_its_own_is_refused_by_name()
    {
        var rate = 0.5;
        Refused(new Mute(), "*setting 'a'*it is a *Mute, whose text says nothing*override ToString*");
        Refused(new Nested("a", Small, [Small, new([1], 1, new() { ["x"] = new Mute() })], null), "*More[1].Extra is a *Mute*");
        Refused(new WithFunction(x => x * rate), "*Function is a *Func*holds values*");
        Refused(new ReadOnlyMemory<int>([1, 2]), "*it is a System.ReadOnlyMemory*");
        using var tensor = TorchSharp.torch.zeros(2);
        Refused(new { Weights = tensor }, "*Weights is a TorchSharp.torch+Tensor*made in the run*");
        var endless = new List<object>();
        endless.Add(endless);
        Refused(endless, "*within itself*");
        FluentActions.Invoking(() => new Study<Mute>(_folder.Folder, new Dictionary<string, Mute> { ["a"] = new() }, [1], _ => null!))
            .Should().Throw<ArgumentException>().WithParameterName("settings").WithMessage("*'a' cannot be told from others*");

        static void Refused(object setting, string message)
            => FluentActions.Invoking(() => Text(setting)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Another_list_is_another_setting_and_a_study_goes_on_in_another_culture()
    {
        var runs = 0;
        Study(Small).Run();
        InCultures(() => $"{Study(new([1], 0.5, new())).Run().Missing}").Should().AllBe("0");
        runs.Should().Be(1);
        FluentActions.Invoking(() => Study(Small with { Sizes = [2] }).Run()).Should().Throw<InvalidDataException>()
            .WithMessage("*it was Layers { Sizes = [1], *and is Layers { Sizes = [2], *");

        Study<Layers> Study(Layers setting) => new(_folder.Folder, new Dictionary<string, Layers> { ["a"] = setting }, [1], _ =>
        {
            runs++;
            return new Dictionary<string, double> { ["x"] = 1 };
        });
    }

    [Fact]
    public void Records_of_earlier_versions_count_where_their_text_said_all()
    {
        InCultures(() => $"{Of(0.5).Marks("0,5")}").Should().Equal("False", "True");
        SettingText? plain = null;
        _ = InCultures(() => $"{plain = Of(new Plain(0.5, null, ""))}").Last();
        plain!.Marks("Plain { Rate = 0,5, Seed = , Name =  }").Should().BeTrue();
        plain.Text.Should().Be("Plain { Rate = 0.5, Seed = null, Name = \"\" }");
        Of(new Plain(0.5, 1, "b")).Text.Should().Be("Plain { Rate = 0.5, Seed = 1, Name = b }", "as it was in English");
        Of(Small).Marks(Small.ToString()).Should().BeFalse("it said nothing of the sizes");
    }

    private static Layers Small => new([1], 0.5, new());

    private static string Text(object setting) => Of(setting).Text;

    private static SettingText Of<T>(T setting)
        where T : notnull => SettingText.Of("a", setting, "settings");

    private static double Square(double x) => x * x;

    private static IEnumerable<string> InCultures(Func<string> text)
    {
        yield return text();
        string told;
        using (CommaCulture.Begin())
            told = text();
        yield return told;
    }

    private sealed record Layers(int[] Sizes, double Rate, Dictionary<string, object> Extra);

    private sealed record Nested(string? Name, Layers Layers, IReadOnlyList<Layers> More, int? Seed);

    private sealed record Plain(double Rate, int? Seed, string Name);

    private sealed record WithFunction(Func<double, double> Function);

    private sealed record OwnMembers(int[] Left, int Two)
    {
        private bool PrintMembers(System.Text.StringBuilder text)
        {
            text.Append("two ").Append(Two);
            return true;
        }
    }

    private sealed class Mute;

    private sealed class OwnText(double rate)
    {
        public override string ToString() => $"rate {rate}";
    }
}
