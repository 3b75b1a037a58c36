namespace VaeToolkit.Survival.Tests.Regression;

/// <summary>Times that a covariate all but determines: ln T = x + ε/k, e^ε exponential, of which a fifth is censored.</summary>
internal static class Determined
{
    public static Table Times(int count, double shape) => Table.Of(Enumerable.Range(0, count).Select(i =>
    {
        var (x, share) = (2 * Math.Sin(i), ((i * 37 % count) + 0.5) / count);
        return new[] { Math.Exp(x + Math.Log(-Math.Log(share)) / shape), i % 5 == 4 ? 0 : 1, x };
    }));
}
