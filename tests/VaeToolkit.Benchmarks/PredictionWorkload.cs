using System.Diagnostics;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Samples;
using VaeToolkit.Survival;

namespace VaeToolkit.Benchmarks;

/// <summary>How long a survival VAE takes to predict for patients under each of four combinations of treatments.</summary>
internal static class PredictionWorkload
{
    private static readonly double[] s_times = [.. Enumerable.Range(1, 50).Select(i => 0.1 * i)];

    public static void Run(SampleArguments arguments)
    {
        var (rows, draws, seed) = (arguments.Number("--rows", 1_000), arguments.Number("--draws", 1_000, least: 2),
            arguments.Number("--seed", 0, least: 0));
        var trial = SimulatedTrial.Draw(rows, seed);
        var schema = CovariateSchema.Fit(trial.Table, SimulatedTrial.Covariates);
        var data = PatientData.Read(trial.Table, schema, "time", "event", TreatmentSet.OfBinary(SimulatedTrial.Treatments));
        using var model = SavaeTraining.Fit(data, new() { Epochs = 5, Seed = seed }).Model;
        foreach (var proposal in Enum.GetValues<Proposal>())
        {
            var options = new SurvivalPredictionOptions { Draws = draws, Proposal = proposal, Seed = seed };
            // A few patients first: compiling the code is not what is measured.
            Measure(model, data.Covariates.Select([0, 1, 2]), options, (_, _) => { });
            Measure(model, data.Covariates, options, (name, seconds) => SampleResult.Print($"{name}_{proposal}", seconds, "s"));
        }
    }

    private static void Measure(Savae model, EncodedCovariates patients, SurvivalPredictionOptions options, Action<string, double> report)
    {
        SurvivalPrediction? prediction = null;
        Time("curves", () =>
        {
            prediction = SurvivalPredictor.Predict(model, patients, options);
            for (var treatment = 0; treatment < model.Treatments.Count; treatment++)
                prediction.Survival(s_times, [.. Enumerable.Repeat(treatment, patients.Count)]);
        });
        Time("recommend",
            () => Parallel.For(0, patients.Count, patient => Recommend.Treatment(prediction!, patient, Utility.RestrictedMean(5))));

        // The processor's time too, of all threads: on a busy machine it says more than the clock.
        void Time(string name, Action action)
        {
            var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            action();
            report($"{name}_seconds", clock.Elapsed.TotalSeconds);
            report($"{name}_processor_seconds", (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
    }
}
