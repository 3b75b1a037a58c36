using VaeToolkit.VisualFields;

namespace VaeToolkit.Samples;

/// <summary>
/// Eyes in the manner of the file of simulated ones: healthy fields of 28 dB with a hill in the middle, of which 38 % lose sensitivity in
/// an arc, at the nose, in the middle or everywhere, seen through noise of min(6, exp(3.27 − 0.081 dB)) dB and cut at 0 dB.
/// </summary>
internal static class SimulatedCohort
{
    public static FieldCohort Draw(int eyes, int visits, long seed)
    {
        var random = SplitMix64.For(seed, eyes);
        var layout = FieldLayout.TwentyFourTwo;
        var series = new List<FieldSeries>();
        for (var eye = 0; eye < eyes; eye++)
        {
            var progresses = random.Uniform() < 0.38;
            var damage = Damage(layout, random.Below(4), random.Below(2) == 0 ? 1 : -1);
            var (before, slope) = (random.Uniform(0, 8), progresses ? random.Uniform(1, 4) : 0);
            var level = 30 + random.Normal(1.2);
            var fields = new List<VisualField>();
            for (var visit = 0; visit < visits; visit++)
            {
                var values = layout.Places.Select((place, k) => Reading(
                    level - 0.08 * Math.Sqrt(place.X * place.X + place.Y * place.Y) - damage[k] * (before + slope * visit * 0.5))).ToList();
                fields.Add(new(visit * 0.5, values));
            }
            series.Add(new($"{eye}", $"{eye}", fields) { IsProgressing = progresses });
        }
        return new(layout, series);

        double Reading(double truth) => Math.Clamp(Math.Round(truth + random.Normal(Math.Min(6, Math.Exp(3.27 - 0.081 * truth)))), 0, 35);
    }

    // From 0 to 1 at every place.
    private static double[] Damage(FieldLayout layout, int kind, int half) => [.. layout.Places.Select(place => kind switch
    {
        0 => place.Y * half > 0 ? Bump(Math.Sqrt(place.X * place.X + place.Y * place.Y) - 15, 5) : 0,
        1 => Bump(place.X + 24, 9) * (place.Y * half > 0 ? 1 : 0.2),
        2 => Bump(Math.Sqrt(place.X * place.X + place.Y * place.Y), 9),
        _ => 0.4,
    })];

    private static double Bump(double distance, double width) => Math.Exp(-0.5 * distance * distance / (width * width));
}
