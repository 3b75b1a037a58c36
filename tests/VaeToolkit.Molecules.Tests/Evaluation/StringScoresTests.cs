namespace VaeToolkit.Molecules.Tests.Evaluation;

/// <summary>The scores of strings, by hand.</summary>
public sealed class StringScoresTests
{
    [Fact]
    public void Characters_count_at_their_place_and_over_the_longer_string()
    {
        var score = StringReconstruction.Compare(["CCO", "CN", "CCCC"], ["CCO", "CNO", "CC"]);
        score.Strings.Should().BeApproximately(1 / 3.0, 1e-12);
        // 3 of 3, 2 of 3, 2 of 4.
        score.Characters.Should().BeApproximately(7 / 10.0, 1e-12);
        FluentActions.Invoking(() => StringReconstruction.Compare(["C"], [])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Validity_uniqueness_and_novelty_are_shares_of_what_comes_before()
    {
        var score = StringGeneration.Of(["C", "CC", "CC", "C(", "CCC"], ["C"]);
        (score.Validity, score.Uniqueness, score.Novelty, score.Count).Should().Be((0.8, 0.75, 2 / 3.0, 5));
        double.IsNaN(StringGeneration.Of(["("], []).Uniqueness).Should().BeTrue();
        FluentActions.Invoking(() => StringGeneration.Of([], [])).Should().Throw<ArgumentException>();
    }
}
