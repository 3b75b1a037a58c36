namespace VaeToolkit.Molecules.Tests.Smiles;

/// <summary>The checker says what RDKit says.</summary>
public sealed class SmilesCheckerTests
{
    [RealDataFact("molecules")]
    public void It_agrees_with_RDKit_on_a_thousand_strings_half_of_them_corrupted()
    {
        var rows = Lines("validity.csv").Select(line => line.Split(',')).ToArray();
        var checks = rows.Select(row => SmilesChecker.Check(row[0])).ToArray();
        rows.Should().HaveCount(1000);
        Wrong(2, check => check.Parses).Should().BeEmpty();
        Wrong(3, check => check.Sanitizes).Should().BeEmpty();

        IEnumerable<string> Wrong(int column, Func<SmilesCheck, bool> verdict)
            => rows.Zip(checks).Where(pair => verdict(pair.Second) != (pair.First[column] == "1"))
                .Select(pair => $"{pair.First[0]}: {pair.Second.Problem}");
    }

    [RealDataFact("molecules")]
    public void Every_molecule_of_the_data_is_one()
        => Lines("train.csv").Select(line => line.Split(',')[0]).Where(text => !SmilesChecker.IsValid(text)).Should().BeEmpty();

    [Theory]
    [InlineData("C")]
    [InlineData("[H][H]")]
    [InlineData("[2H]O[2H]")]
    [InlineData("C1CC1.[Na+].[Cl-]")]
    [InlineData("C%12CCCC%12")]
    [InlineData("C%(123)CCCC%(123)")]
    [InlineData("N[C@@H](C)C(=O)O")]
    [InlineData("F/C=C\\F")]
    [InlineData("[13CH4]")]
    [InlineData("[CH3:7]C")]
    [InlineData("C=1CCCCC1")]
    [InlineData("C=1CCCCC-1")]
    [InlineData("C(C)1CC1")]
    [InlineData("C1.C1")]
    [InlineData("c1ccccc1c1ccccc1")]
    [InlineData("c1ccc2ccccc2c1")]
    [InlineData("c1cc[nH]c1")]
    [InlineData("c1ccoc1")]
    [InlineData("c1cc[n+](C)cc1")]
    [InlineData("C[n]1cccc1")]
    [InlineData("O=c1cc[nH]cc1")]
    [InlineData("c1ccn2cccc2c1")]
    [InlineData("O=c1ccs(=O)cc1")]
    [InlineData("[cH-]1cccc1")]
    [InlineData("[cH+]1cccccc1")]
    [InlineData("c1cc[se]c1")]
    [InlineData("CN(=O)=O")]
    [InlineData("CN=N#N")]
    [InlineData("OCl(=O)(=O)=O")]
    [InlineData("O=n1ccccc1")]
    [InlineData("F[P-](F)(F)(F)(F)F")]
    [InlineData("FS(F)(F)(F)(F)F")]
    [InlineData("[O-][I+2]([O-])O")]
    [InlineData("[Fe+2]")]
    [InlineData("Cl[Pt](Cl)([NH3])[NH3]")]
    [InlineData("*c1ccccc1")]
    [InlineData("[NH4+].[OH-]")]
    [InlineData("N->[Cu]")]
    [InlineData("CC$C", false)]
    [InlineData("[U](F)(F)(F)(F)(F)F")]
    [InlineData("C~C")]
    public void What_RDKit_takes(string smiles, bool sanitizes = true)
    {
        var check = SmilesChecker.Check(smiles);
        (check.Parses, check.Sanitizes).Should().Be((true, sanitizes), check.Problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("C(")]
    [InlineData("C()")]
    [InlineData("C((C))C")]
    [InlineData("(C)C")]
    [InlineData("C)C")]
    [InlineData("C1CC")]
    [InlineData("C11")]
    [InlineData("C1C1")]
    [InlineData("C12CC12")]
    [InlineData("C=")]
    [InlineData("=C")]
    [InlineData("C==C")]
    [InlineData("C..C")]
    [InlineData("C.")]
    [InlineData(".C")]
    [InlineData("C(1)CC1")]
    [InlineData("C%1CC%1")]
    [InlineData("C%01CC%01")]
    [InlineData("C%(1CC1")]
    [InlineData("[C")]
    [InlineData("C]")]
    [InlineData("[]")]
    [InlineData("[Xx]")]
    [InlineData("[C+++]")]
    [InlineData("[C+-]")]
    [InlineData("[5g]")]
    [InlineData("[CH4:]")]
    [InlineData("[C99999999999]")]
    [InlineData("[99999999999C]")]
    [InlineData("H")]
    [InlineData("Na")]
    [InlineData("si1cccc1")]
    [InlineData("C C")]
    [InlineData("Cé")]
    [InlineData("C\0C")]
    public void What_RDKit_cannot_read(string smiles)
    {
        var check = SmilesChecker.Check(smiles);
        (check.Parses, check.Sanitizes).Should().Be((false, false));
        check.Problem.Should().NotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("C(C)(C)(C)(C)C", "*valence of 5*")]
    [InlineData("CFC", "*valence of 2*")]
    [InlineData("O(C)(C)C", "*valence of 3*")]
    [InlineData("N(C)(C)(C)C", "*valence of 4*")]
    [InlineData("[NH5]", "*valence of 5*")]
    [InlineData("[CH5+]", "*valence of 5*")]
    [InlineData("C[O--]", "*valence of 1*")]
    [InlineData("C[N+](=O)[O]=C=C(=C)=C", "*valence*")]
    [InlineData("c1cccc1", "*alternating*")]
    [InlineData("c1ccccccc1c", "*aromatic and in no ring*")]
    [InlineData("cC", "*aromatic and in no ring*")]
    [InlineData("c1ccnc1", "*alternating*")]
    [InlineData("c1cc(=O)ccc1", "*alternating*")]
    [InlineData("c1ccccc1=O", "*alternating*")]
    public void What_RDKit_reads_and_does_not_take(string smiles, string problem)
    {
        var check = SmilesChecker.Check(smiles);
        (check.Parses, check.Sanitizes).Should().Be((true, false));
        check.Problem.Should().Match(problem);
    }

    [Fact]
    public void No_random_string_is_an_exception()
    {
        const string Letters = "CNOcnosp()[]=#123%@+-HFlBr.*:/\\$~<>0 é\0[#Si";
        var random = new Random(1);
        var (valid, parsed) = (0, 0);
        for (var i = 0; i < 100_000; i++)
        {
            var text = string.Create(random.Next(40), random, (letters, source) =>
            {
                for (var k = 0; k < letters.Length; k++)
                    letters[k] = Letters[source.Next(Letters.Length)];
            });
            var check = SmilesChecker.Check(text);
            (valid, parsed) = (valid + (check.Sanitizes ? 1 : 0), parsed + (check.Parses ? 1 : 0));
        }
        valid.Should().BeGreaterThan(100).And.BeLessThan(parsed);
    }

    [Fact]
    public void Long_strings_take_no_stack()
    {
        const int Size = 50_000;
        SmilesChecker.IsValid("c1" + new string('c', Size) + "c1").Should().BeTrue("a ring of an even number of atoms");
        SmilesChecker.IsValid(new string('C', Size)).Should().BeTrue();
        SmilesChecker.IsValid(string.Concat(Enumerable.Repeat("C(", Size)) + "C" + new string(')', Size)).Should().BeTrue();
        SmilesChecker.Check(new string('(', Size)).Parses.Should().BeFalse();
        SmilesChecker.Check(new string('[', Size)).Parses.Should().BeFalse();
    }

    private static IEnumerable<string> Lines(string file) => File.ReadLines(
        Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "molecules", file)).Skip(1);
}
