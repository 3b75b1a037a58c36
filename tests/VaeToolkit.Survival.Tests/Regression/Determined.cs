namespace VaeToolkit.Survival.Tests.Regression;

/// <summary>Times that a covariate all but determines: ln T = x + ε/k, e^ε exponential, of which a fifth is censored.</summary>
internal static class Determined
{
    public static Table Times(int count, double shape) => Table.Of(Enumerable.Range(0, count).Select(i =>
    {
        var (x, share) = (2 * Math.Sin(i), ((i * 37 % count) + 0.5) / count);
        return new[] { Math.Exp(x + Math.Log(-Math.Log(share)) / shape), i % 5 == 4 ? 0 : 1, x };
    }));

    /// <summary>The derivative of the partial log-likelihood of times without ties, in units of each risk set's greatest risk.</summary>
    public static double Score(Table table, double b)
    {
        var (times, x, score) = (table.Patients.Times.ToArray(), table.Covariates, 0.0);
        for (var i = 0; i < table.Patients.Count; i++)
        {
            if (!table.Patients.Events[i])
                continue;
            var greatest = double.NegativeInfinity;
            for (var j = 0; j < times.Length; j++)
                greatest = times[j] < times[i] ? greatest : Math.Max(greatest, b * x[j, 0]);
            var (sum, weighted) = (0.0, 0.0);
            for (var j = 0; j < times.Length; j++)
            {
                var risk = times[j] < times[i] ? 0 : Math.Exp(b * x[j, 0] - greatest);
                (sum, weighted) = (sum + risk, weighted + risk * (x[j, 0] - x[i, 0]));
            }
            score -= weighted / sum;
        }
        return score;
    }
}
