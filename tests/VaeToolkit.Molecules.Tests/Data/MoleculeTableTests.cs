namespace VaeToolkit.Molecules.Tests.Data;

/// <summary>Tables are read as they stand; what is no molecule or no number is refused by its place.</summary>
public sealed class MoleculeTableTests
{
    [Fact]
    public void A_file_is_read_with_the_columns_that_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "\uFEFFname,smiles,logp,mw", "ethanol,CCO,-0.1,46", "", "\"a, b\",c1ccccc1,2.1,78.5");
        var table = MoleculeTable.Read(path, ["mw", "logp"]);
        table.Smiles.Should().Equal("CCO", "c1ccccc1");
        table.PropertyNames.Should().Equal("mw", "logp");
        table.Property("logp").Should().Equal(-0.1, 2.1);
        table[1, 0].Should().Be(78.5);
        table.LongestString.Should().Be(8);
        MoleculeTable.Read(path).PropertyNames.Should().BeEmpty();
        var picked = table.Select([1, 0, 1]);
        picked.Smiles.Should().Equal("c1ccccc1", "CCO", "c1ccccc1");
        picked.Property("mw").Should().Equal(78.5, 46, 78.5);
    }

    [Fact]
    public void Files_that_were_put_together_or_padded_are_read_with_the_right_lines()
    {
        using var folder = new TemporaryFolder();
        var table = MoleculeTable.Read(Write(folder, "", "smiles,p", "C,1", "\uFEFFCC,2", ","), ["p"]);
        table.Smiles.Should().Equal("C", "CC");
        table.Property("p").Should().Equal(1, 2);
        Refused<FormatException>(() => MoleculeTable.Read(Write(folder, "", "smiles,p", "C,1", ",", "CC,x"), ["p"]), "*(5): p is 'x'*");
    }

    [Fact]
    public void Properties_that_are_one_number_but_for_rounding_have_nothing_to_be_scaled_by()
    {
        double[] sums = [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? 0.3 : 0.1 + 0.2)];
        foreach (var values in new[] { sums, [.. Enumerable.Repeat(0.1, 10)] })
        {
            var column = new double[10, 1];
            Buffer.BlockCopy(values, 0, column, 0, 10 * sizeof(double));
            Refused<ArgumentException>(
                () => PropertyScaling.Fit(new([.. Enumerable.Repeat("C", 10)], ["p"], column)), "*'p'*but for rounding*all 10 molecules*");
        }
        PropertyScaling.Fit(new(["C", "CC"], ["p"], new[,] { { 1e9 }, { 1e9 + 2 } }))
            .Deviations[0].Should().BeApproximately(Math.Sqrt(2), 1e-9);
    }

    [Fact]
    public void Long_strings_are_refused_or_dropped_by_choice()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "smiles,p", "CC,1", "CCCC,2", "C,3");
        Refused<FormatException>(() => MoleculeTable.Read(path, longest: 3), "*(3): 'CCCC' has 4 characters; 3 are the most*");
        var table = MoleculeTable.Read(path, ["p"], longest: 3, longStrings: LongStrings.Drop);
        table.Smiles.Should().Equal("CC", "C");
        table.Property("p").Should().Equal(1, 3);
        Refused<FormatException>(() => MoleculeTable.Read(path, longest: 0, longStrings: LongStrings.Drop), "*no molecules of at most 0*");
    }

    [Theory]
    [InlineData("CC,NaN", "*(2): p is 'NaN'*")]
    [InlineData("CC,inf", "*(2): p is 'inf'*")]
    [InlineData("CC,", "*(2): p is ''*")]
    [InlineData("CC,\"1,5\"", "*(2): p is '1,5'; it must be a finite number, and the decimal comma a point*")]
    [InlineData("NA,1", "*(2): the SMILES string is missing, 'NA'; leave the line out*")]
    [InlineData("?,1", "*(2): the SMILES string is missing, '?'*")]
    [InlineData("CC,1,2", "*(2): 3 fields*2*")]
    [InlineData(",1", "*(2): the SMILES string is empty*")]
    [InlineData("Cé,1", "*(2): 'Cé' has U+00E9 at place 1*")]
    [InlineData("C C,1", "*(2)*U+0020 at place 1*")]
    public void A_bad_row_is_refused_by_its_line(string row, string message)
    {
        using var folder = new TemporaryFolder();
        Refused<FormatException>(() => MoleculeTable.Read(Write(folder, "smiles,p", row), ["p"]), message);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "smiles,p", "CC,1");
        Refused<ArgumentException>(() => MoleculeTable.Read(path, ["q"]), "*no column 'q'; it has smiles, p*");
        Refused<FormatException>(() => MoleculeTable.Read(Write(folder, "smiles")), "*no molecules*");
        Refused<FileNotFoundException>(() => MoleculeTable.Read(Path.Combine(folder.Folder, "none.csv")), "*none.csv*");
        Refused<ArgumentException>(() => new MoleculeTable([]), "*no molecules*");
        Refused<ArgumentException>(() => new MoleculeTable(["C", ""]), "*row 1*empty*");
        Refused<ArgumentException>(() => new MoleculeTable(["C"], ["p"], new[,] { { double.NaN } }), "*row 0 (C): p is NaN*");
        Refused<ArgumentException>(() => new MoleculeTable(["C"], ["p"]), "*1 × 0*1 × 1*");
        Refused<ArgumentException>(() => new MoleculeTable(["C"], ["p", "p"], new[,] { { 1.0, 2 } }), "*one name*");
        var table = new MoleculeTable(["C", "N"], ["p"], new[,] { { 1.0 }, { 1.0 } });
        Refused<ArgumentOutOfRangeException>(() => table.Select([2]), "*2 molecules*");
        Refused<ArgumentException>(() => table.Property("q"), "*'q'*p*");
        Refused<ArgumentException>(() => PropertyScaling.Fit(table), "*'p'*standard deviation 0*");
        Refused<ArgumentException>(() => PropertyScaling.Fit(new MoleculeTable(["C"])), "*0 names*");
    }

    [Fact]
    public void A_scaling_has_the_means_and_deviations()
    {
        var scaling = PropertyScaling.Fit(new MoleculeTable(["C", "N", "O"], ["p"], new[,] { { 1.0 }, { 2.0 }, { 6.0 } }));
        scaling.Means.Should().Equal(3);
        scaling.Deviations[0].Should().BeApproximately(Math.Sqrt(7), 1e-12);
    }

    private static string Write(TemporaryFolder folder, params string[] lines)
    {
        var path = Path.Combine(folder.Folder, "molecules.csv");
        File.WriteAllLines(path, lines);
        return path;
    }

    private static void Refused<TException>(Func<object?> action, string message)
        where TException : Exception
        => action.Should().Throw<TException>().WithMessage(message);
}
