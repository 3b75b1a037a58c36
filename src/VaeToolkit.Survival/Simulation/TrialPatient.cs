using System.Globalization;

namespace VaeToolkit.Survival;

/// <summary>One patient of a simulated trial: what is seen and what is not.</summary>
internal sealed record TrialPatient(double Age, double Marker, double Volume, bool Female, bool Symptoms, int Stage)
{
    private const double CensoringMean = 6.5;
    private const double EndOfStudy = 10;

    // The common factor and each covariate's own part have variances that add up to 1.
    private static readonly double s_commonDeviation = Math.Sqrt(0.4);
    private static readonly double s_ownDeviation = Math.Sqrt(0.6);
    private static readonly string[] s_stages = ["I", "II", "III"];

    public static IReadOnlyList<string> Columns { get; } =
        ["age", "marker", "volume", "female", "symptoms", "stage", "radiotherapy", "chemotherapy", "time", "event"];

    public bool First { get; private init; }

    public bool Second { get; private init; }

    public double Time { get; private init; }

    public double Censoring { get; private init; }

    public static TrialPatient Draw(SplitMix64 random)
    {
        var common = random.Normal(s_commonDeviation);
        var (age, marker, volume) = (common + random.Normal(s_ownDeviation), common + random.Normal(s_ownDeviation),
            common + random.Normal(s_ownDeviation));
        var female = random.Uniform() < 0.5;
        var symptoms = random.Uniform() < Logistic(-0.3 + 0.8 * common);
        var stage = (random.Uniform() < Logistic(0.2 + common) ? 1 : 0) + (random.Uniform() < Logistic(-0.5 + common) ? 1 : 0);
        var patient = new TrialPatient(age, marker, volume, female, symptoms, stage);
        var treated = patient with
        {
            First = random.Uniform() < Logistic(0.5 * age - 0.4 * Of(female)),
            Second = random.Uniform() < Logistic(-0.2 + 0.5 * marker + 0.3 * Of(symptoms)),
        };
        return treated with
        {
            Time = treated.Truth(treated.First, treated.Second).Quantile(random.Uniform()),
            Censoring = Math.Min(-CensoringMean * double.LogP1(-random.Uniform()), EndOfStudy),
        };
    }

    /// <summary>p(y | do(t), x).</summary>
    public WeibullDistribution Truth(bool first, bool second)
    {
        var baseline = 1.43 - 0.24 * Age + 0.2 * Volume + 0.24 * Of(Female) - 0.32 * Of(Symptoms) - 0.2 * Stage;
        var firstEffect = 0.41 + 0.56 * Marker - 0.42 * Of(Symptoms);
        var secondEffect = -0.14 - 0.49 * Age + 0.56 * Of(Stage == 2) + 0.21 * Of(Female);
        var logScale = baseline + Of(first) * firstEffect + Of(second) * secondEffect;
        return new(Math.Exp(logScale), Math.Exp(0.17 - 0.5 * Of(first) + 0.32 * Of(second)));
    }

    public IReadOnlyList<string> Cells() =>
    [
        Text(Age), Text(Marker), Text(Volume), Text(Of(Female)), Text(Of(Symptoms)), s_stages[Stage], Text(Of(First)), Text(Of(Second)),
        Text(Math.Min(Time, Censoring)), Text(Of(Time <= Censoring)),
    ];

    private static double Of(bool flag) => flag ? 1 : 0;

    private static double Logistic(double logit) => 1 / (1 + Math.Exp(-logit));

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
