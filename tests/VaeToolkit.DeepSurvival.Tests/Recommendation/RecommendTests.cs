using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival.Tests.Recommendation;

public sealed class RecommendTests
{
    // Two draws of weights ¼ and ¾ under four combinations of two treatments; exponential times, so that S and means are simple.
    private static readonly double[] s_weights = [0.25, 0.75];
    private static readonly double[][] s_scales = [[1, 2], [2, 4], [2, 3.9], [8, 1]];
    private static readonly double[] s_probabilities = [0.5, 0.01, 0.3, 0.19];

    private static SurvivalPrediction Prediction(TreatmentSet? treatments = null) => new(
        [s_weights],
        [[.. s_scales.Select(scales => new MixtureComponents(Array.ConvertAll(scales, Math.Log), [1, 1]))]],
        treatments ?? TreatmentSet.OfBinary("first", "second"),
        LogProbabilities());

    [Fact]
    public void All_combinations_are_ranked_by_utility()
    {
        // Means: 1.75, 3.5, 3.425, 2.75.
        var advice = Recommend.Treatment(Prediction(), 0, Utility.Mean);
        advice.Ranking.Select(treatment => treatment.Combination).Should().Equal(1, 2, 3, 0);
        advice.Ranking.Select(treatment => Math.Round(treatment.Utility.Value, 10)).Should().Equal(3.5, 3.425, 2.75, 1.75);
        advice.Chosen.Should().BeSameAs(advice.Ranking[0]);
        advice.Chosen.Description.Should().Be("first=0 second=1");
        advice.Chosen.Shortfall.Should().Be(new Estimate(0, 0));
    }

    [Fact]
    public void Differences_have_the_error_of_the_difference_over_common_draws()
    {
        var advice = Recommend.Treatment(Prediction(), 0, Utility.Mean);
        // Of 1 and 2: differences by draw 0 and 0.1, mean 0.075, so influences −0.075 and 0.025.
        var second = advice.Ranking[1].Shortfall;
        second.Value.Should().BeApproximately(0.075, 1e-12);
        second.StandardError.Should().BeApproximately(Math.Sqrt(Math.Pow(0.25 * 0.075, 2) + Math.Pow(0.75 * 0.025, 2)), 1e-12);
        second.StandardError.Should().BeLessThan(0.1 * advice.Ranking[1].Utility.StandardError);
        advice.Ranking[0].Utility.StandardError.Should().BeApproximately(
            Math.Sqrt(Math.Pow(0.25 * 1.5, 2) + Math.Pow(0.75 * 0.5, 2)), 1e-12);
    }

    [Fact]
    public void The_least_intensive_of_those_close_to_the_best_is_chosen()
    {
        Chosen(0).Should().Be(1);
        Chosen(0.5).Should().Be(1);
        Chosen(1.8).Should().Be(0);
        Chosen(null).Should().Be(1);
        var heavy = new TreatmentSet(new TreatmentFactor("first"), new TreatmentFactor("second") { Intensities = [0, 3] });
        Recommend.Treatment(Prediction(heavy), 0, Utility.Mean, new() { LeastIntenseWithin = 0.5 }).Chosen.Combination.Should().Be(2);

        static int Chosen(double? margin)
            => Recommend.Treatment(Prediction(), 0, Utility.Mean, new() { LeastIntenseWithin = margin }).Chosen.Combination;
    }

    [Fact]
    public void A_treatment_that_such_patients_are_hardly_given_is_flagged()
    {
        var advice = Recommend.Treatment(Prediction(), 0, Utility.Mean);
        advice.Ranking.Where(treatment => treatment.LacksOverlap).Select(treatment => treatment.Combination).Should().Equal(1);
        advice.Warnings.Should().HaveCount(2).And
            .Contain(warning => warning.StartsWith("first=0 second=1 is given to such patients with probability 0.01"));
        Recommend.Treatment(Prediction(), 0, Utility.Mean, new() { LeastOverlap = 0.005 }).Warnings
            .Should().ContainSingle().Which.Should().Contain("draws count");
    }

    [Fact]
    public void Every_utility_is_that_of_the_predictive_distribution()
    {
        var prediction = Prediction();
        var predicted = prediction.For(0, 3);
        Of(Utility.RestrictedMean(2)).Should().Be(predicted.RestrictedMean(2));
        Of(Utility.Survival(2)).Should().Be(predicted.Survival(2));
        Of(Utility.Survival(2)).Value.Should().BeApproximately(0.25 * Math.Exp(-0.25) + 0.75 * Math.Exp(-2), 1e-12);
        Of(Utility.Median).Should().Be(predicted.Median);
        Of(Utility.Quantile(0.9)).Should().Be(predicted.Quantile(0.9));
        Of(Utility.Mean).Should().Be(predicted.Mean);
        Utility.RestrictedMean(2.5).ToString().Should().Be("RMST(2.5)");

        Estimate Of(Utility utility)
            => Recommend.Treatment(prediction, 0, utility).Ranking.Single(treatment => treatment.Combination == 3).Utility;
    }

    [Fact]
    public void Arguments_that_make_no_sense_are_refused()
    {
        FluentActions.Invoking(() => Utility.RestrictedMean(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Utility.Survival(double.NaN)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Utility.Quantile(1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Recommend.Treatment(Prediction(), 1, Utility.Mean)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Recommend.Treatment(Prediction(), 0, Utility.Mean, new() { LeastIntenseWithin = -1 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Recommend.Treatment(Prediction(), 0, Utility.Mean, new() { LeastOverlap = 2 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Recommend.Treatment(Prediction(new TreatmentSet()), 0, Utility.Mean))
            .Should().Throw<ArgumentException>().WithMessage("*no treatments*");
    }

    private static double[,] LogProbabilities()
    {
        var matrix = new double[1, s_probabilities.Length];
        for (var t = 0; t < s_probabilities.Length; t++)
            matrix[0, t] = Math.Log(s_probabilities[t]);
        return matrix;
    }
}
