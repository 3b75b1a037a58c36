namespace VaeToolkit.Survival.Tests.Scores;

public class UnoTests
{
    // Of all pairs one by one in Python, with the coefficients that R prints for both models.
    [RealDataFact("tabular/lung.csv")]
    public void Lung_has_the_index_of_all_pairs_one_by_one_at_either_limit()
    {
        Index(["age", "sex", "ph_ecog"], CensoringLimit.Before).Should().BeApproximately(0.626148, 5e-7);
        Index(["age", "sex", "ph_ecog"], CensoringLimit.At).Should().BeApproximately(0.626378, 5e-7);
        Index(["age", "sex"], CensoringLimit.Before).Should().BeApproximately(0.596045, 5e-7);
        Index(["age", "sex"], CensoringLimit.At).Should().BeApproximately(0.596228, 5e-7);
    }

    // Of all pairs one by one in Python, with a Cox model of every second patient by Newton's steps there (ties by Efron), scored on the
    // others with G from these.
    [RealDataFact("tabular")]
    public void Patients_held_back_have_the_index_of_all_pairs_one_by_one_at_either_limit()
    {
        Index("lung", CensoringLimit.Before, "age", "sex", "ph_ecog").Should().BeApproximately(0.579195, 5e-7);
        Index("lung", CensoringLimit.At, "age", "sex", "ph_ecog").Should().BeApproximately(0.579370, 5e-7);
        Index("veteran", CensoringLimit.Before, "trt", "smallcell", "adeno", "large", "karno", "age")
            .Should().BeApproximately(0.730181, 5e-7);

        static double Index(string name, CensoringLimit limit, params string[] columns)
        {
            var table = Table.Read(name, columns);
            var rows = Enumerable.Range(0, table.Patients.Count).ToLookup(row => row % 2);
            int[] training = [.. rows[0]], scored = [.. rows[1]];
            var model = CoxModel.Fit(table.Patients.Select(training), table.Rows(training));
            var patients = table.Patients.Select(scored);
            return Concordance.Uno(
                patients, model.LinearPredictors(table.Rows(scored)), KaplanMeier.FitCensoring(patients).Curve, limit: limit).Value;
        }
    }

    // concordance(..., timewt = "n/G2") of R's survival 3, which weighs by 1/G(y-)² and counts the pairs in its own way.
    [RealDataFact("tabular/veteran.csv")]
    public void Veteran_has_the_index_that_R_gives()
    {
        var table = Table.Read("veteran", "trt", "smallcell", "adeno", "large", "karno", "diagtime", "age", "prior");
        var model = CoxModel.Fit(table.Patients, table.Covariates);
        Index(table.Patients, model.LinearPredictors(table.Covariates)).Should().BeApproximately(0.728078073353, 1e-9);
        Index(table.Patients, [.. table.Column(4).Select(karno => -karno)]).Should().BeApproximately(0.699336139378, 1e-11);

        static double Index(SurvivalTimes patients, double[] risks)
            => Concordance.Uno(patients, risks, KaplanMeier.FitCensoring(patients).Curve).Value;
    }

    [Fact]
    public void The_limits_differ_where_a_censoring_ties_with_an_event_and_bad_ones_are_refused()
    {
        var patients = SurvivalTimes.FromIndicators([1, 2, 2, 3, 4], [1, 1, 0, 0, 1]);
        double[] risks = [1, 5, 2, 3, 4];
        var censoring = KaplanMeier.FitCensoring(patients).Curve;
        // Event at 1: G = 1, four later, all with larger risks. Event at 2: three later, all with smaller ones; G(2-) = 1, G(2) = 2/3.
        Concordance.Uno(patients, risks, censoring).Value.Should().BeApproximately(3 / 7.0, 1e-15);
        Concordance.Uno(patients, risks, censoring, limit: CensoringLimit.At).Value.Should().BeApproximately(6.75 / (4 + 6.75), 1e-15);
        FluentActions.Invoking(() => Concordance.Uno(patients, risks, censoring, limit: (CensoringLimit)7))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("limit");
    }

    private static double Index(string[] columns, CensoringLimit limit)
    {
        var table = Table.Read("lung", columns);
        var risks = CoxModel.Fit(table.Patients, table.Covariates).LinearPredictors(table.Covariates);
        return Concordance.Uno(table.Patients, risks, KaplanMeier.FitCensoring(table.Patients).Curve, limit: limit).Value;
    }
}
