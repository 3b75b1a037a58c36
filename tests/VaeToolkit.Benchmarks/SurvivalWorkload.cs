using System.Diagnostics;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Samples;
using VaeToolkit.Survival;

namespace VaeToolkit.Benchmarks;

/// <summary>How long the yardsticks of survival take on simulated Weibull times with uniform censoring.</summary>
internal static class SurvivalWorkload
{
    public static void Run(SampleArguments arguments)
    {
        var (rows, columns) = (arguments.Number("--rows", 100_000), arguments.Number("--columns", 20));
        // A small fit first: compiling the code is not what is measured.
        Measure(2_000, columns, arguments.Number("--seed", 0, least: 0), (_, _) => { });
        Measure(rows, columns, arguments.Number("--seed", 0, least: 0), (name, seconds) => SampleResult.Print(name, seconds, "s"));
    }

    private static void Measure(int rows, int columns, int seed, Action<string, double> report)
    {
        var (patients, covariates, rounded) = Simulate(rows, columns, seed);
        CoxModel? model = null;
        Time("cox_efron_seconds", () => model = CoxModel.Fit(patients, covariates));
        Time("cox_efron_tied_seconds", () => CoxModel.Fit(rounded, covariates));
        Time("cox_breslow_seconds", () => CoxModel.Fit(patients, covariates, new() { Ties = CoxTies.Breslow }));
        Time("weibull_seconds", () => WeibullRegression.Fit(patients, covariates));
        Time("kaplan_meier_seconds", () => KaplanMeier.Fit(patients));
        var risks = model!.LinearPredictors(covariates);
        Time("harrell_seconds", () => Concordance.Harrell(patients, risks));
        var some = patients.Select([.. Enumerable.Range(0, Math.Min(rows, 2_000))]);
        var survival = model.Survival(Top(covariates, some.Count), some.DistinctEventTimes());
        Time("antolini_2000_seconds", () => Concordance.Antolini(some, survival));

        void Time(string name, Action action)
        {
            var clock = Stopwatch.StartNew();
            action();
            report(name, clock.Elapsed.TotalSeconds);
        }
    }

    private static (SurvivalTimes Patients, double[,] Covariates, SurvivalTimes Rounded) Simulate(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var covariates = new double[rows, columns];
        var (times, events) = (new double[rows], new bool[rows]);
        for (var row = 0; row < rows; row++)
        {
            var predictor = 0.0;
            for (var column = 0; column < columns; column++)
                predictor += (covariates[row, column] = 2 * random.NextDouble() - 1) * (column % 5 - 2) * 0.2;
            var failure = new WeibullDistribution(Math.Exp(predictor), 1.3).Quantile(random.NextDouble());
            var censoring = 3 * random.NextDouble();
            (times[row], events[row]) = (Math.Min(failure, censoring) + 1e-9, failure <= censoring);
        }
        return (new(times, events), covariates, new([.. times.Select(time => Math.Ceiling(time * 100) / 100)], events));
    }

    private static double[,] Top(double[,] covariates, int rows)
    {
        var top = new double[rows, covariates.GetLength(1)];
        Array.Copy(covariates, top, top.Length);
        return top;
    }
}
