namespace VaeToolkit.Survival.Tests.Scores;

public class ConcordanceTests
{
    [RealDataFact("tabular/lung.csv")]
    public void The_cox_model_on_lung_has_the_published_pairs_and_reversed_risks_give_the_rest()
    {
        var lung = Table.Read("lung", "age", "sex", "ph_ecog");
        var risks = CoxModel.Fit(lung.Patients, lung.Covariates).LinearPredictors(lung.Covariates);
        var index = Concordance.Harrell(lung.Patients, risks);
        index.Should().Be(new ConcordanceIndex(12544, 7117, 126));
        index.Value.Should().BeApproximately(0.637135, 5e-7);
        Concordance.Harrell(lung.Patients, [.. risks.Select(risk => -risk)]).Value.Should().BeApproximately(1 - index.Value, 1e-15);
    }

    [Fact]
    public void Counts_equal_those_of_all_pairs_one_by_one()
    {
        var (patients, risks) = Tied(seed: 3, count: 200);
        var censoring = KaplanMeier.FitCensoring(patients).Curve;
        Concordance.Harrell(patients, risks).Should().Be(OneByOne(patients, (i, j) => (risks[j] - risks[i], 1)));
        Close(Concordance.Uno(patients, risks, censoring, 8), OneByOne(patients, (i, j) =>
            (risks[j] - risks[i], patients.Times[i] < 8 ? Math.Pow(censoring.Before(patients.Times[i]), -2) : 0)));
        Close(Concordance.Uno(patients, risks, censoring, 8, CensoringLimit.At), OneByOne(patients, (i, j) =>
            (risks[j] - risks[i], patients.Times[i] < 8 ? Math.Pow(censoring.At(patients.Times[i]), -2) : 0)));
    }

    [Fact]
    public void Antolini_compares_curves_at_the_earlier_event_and_equals_harrell_for_proportional_hazards()
    {
        var (patients, risks) = Tied(seed: 4, count: 150);
        var times = patients.DistinctEventTimes();
        var survival = new double[patients.Count, times.Length];
        var crossing = new double[patients.Count, times.Length];
        for (var i = 0; i < patients.Count; i++)
            for (var t = 0; t < times.Length; t++)
                (survival[i, t], crossing[i, t]) = (Math.Exp(-times[t] * (1 + risks[i])), Math.Exp(-Math.Pow(times[t] / 5, 1 + risks[i])));
        Concordance.Antolini(patients, survival).Should().Be(Concordance.Harrell(patients, risks));
        Concordance.Antolini(patients, crossing).Should().Be(OneByOne(patients, (i, j) =>
        {
            var column = Array.IndexOf(times, patients.Times[i]);
            return (crossing[i, column] - crossing[j, column], 1);
        }));
    }

    [Fact]
    public void Uno_without_censoring_equals_harrell()
    {
        var patients = new SurvivalTimes([3, 1, 2, 5], [true, true, true, true]);
        double[] risks = [2, 1, 3, 0];
        Concordance.Uno(patients, risks, KaplanMeier.FitCensoring(patients).Curve).Should().Be(Concordance.Harrell(patients, risks));
        Concordance.Harrell(patients, risks).Should().Be(new ConcordanceIndex(4, 2, 0));
    }

    [Fact]
    public void Bad_input_is_refused_and_no_pair_is_NaN()
    {
        var patients = new SurvivalTimes([1, 2, 3], [true, false, true]);
        var censoring = KaplanMeier.FitCensoring(new([1, 2], [true, false])).Curve;
        Concordance.Harrell(new([1, 2], [false, false]), [1, 2]).Value.Should().Be(double.NaN);
        FluentActions.Invoking(() => Concordance.Harrell(patients, [1, 2]))
            .Should().Throw<ArgumentException>().WithMessage("*2 risks for 3*");
        FluentActions.Invoking(() => Concordance.Harrell(patients, [1, 2, double.NaN]))
            .Should().Throw<ArgumentException>().WithMessage("*patient 2 is NaN*");
        FluentActions.Invoking(() => Concordance.Uno(patients, [1, 2, 3], censoring))
            .Should().Throw<ArgumentException>().WithMessage("G at the event at 3 is 0*");
        FluentActions.Invoking(() => Concordance.Uno(patients, [1, 2, 3], censoring, 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Concordance.Antolini(patients, new double[3, 3]))
            .Should().Throw<ArgumentException>().WithMessage("*[3, 3]*[3, 2]*");
        var unknown = new double[3, 2];
        unknown[1, 1] = double.NaN;
        FluentActions.Invoking(() => Concordance.Antolini(patients, unknown))
            .Should().Throw<ArgumentException>().WithMessage("*patient 1 at 3 is NaN*");
    }

    /// <summary>Patients with many ties in times, between events and censorings, and in risks.</summary>
    private static (SurvivalTimes Patients, double[] Risks) Tied(int seed, int count)
    {
        var random = new Random(seed);
        var times = Enumerable.Range(0, count).Select(_ => 1.0 + random.Next(10)).ToArray();
        var events = times.Select(_ => random.Next(3) > 0).ToArray();
        return (new(times, events), [.. times.Select(time => (double)random.Next(6) / 2 + (time < 4 ? 0.5 : 0))]);
    }

    private static ConcordanceIndex OneByOne(SurvivalTimes patients, Func<int, int, (double Difference, double Weight)> compare)
    {
        double concordant = 0, discordant = 0, tied = 0;
        for (var i = 0; i < patients.Count; i++)
            for (var j = 0; j < patients.Count; j++)
            {
                var (first, second) = (patients.Times[i], patients.Times[j]);
                if (i == j || !patients.Events[i] || first > second || (first == second && patients.Events[j]))
                    continue;
                var (difference, weight) = compare(i, j);
                concordant += difference < 0 ? weight : 0;
                discordant += difference > 0 ? weight : 0;
                tied += difference == 0 ? weight : 0;
            }
        return new(concordant, discordant, tied);
    }

    private static void Close(ConcordanceIndex actual, ConcordanceIndex expected)
    {
        actual.Concordant.Should().BeApproximately(expected.Concordant, 1e-8);
        actual.Discordant.Should().BeApproximately(expected.Discordant, 1e-8);
        actual.TiedRisk.Should().BeApproximately(expected.TiedRisk, 1e-8);
    }
}
