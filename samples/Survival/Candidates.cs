using VaeToolkit.DeepSurvival;
using VaeToolkit.Survival;

namespace VaeToolkit.Samples;

/// <summary>What the sample compares. Each fits all that it fits on a fold's training rows.</summary>
internal sealed class Candidates(Study study, SavaeTrainingOptions training, SurvivalPredictionOptions drawing)
{
    public IReadOnlyList<SurvivalCandidate> All()
    {
        SurvivalCandidate[] candidates = [new("km", KaplanMeierCurve), new("cox", Cox), new("savae", Savae)];
        return study.Trial is null ? candidates : [.. candidates, new("truth", Truth)];
    }

    private double[,] KaplanMeierCurve(Fold fold, IReadOnlyList<double> times)
    {
        var curve = KaplanMeier.Fit(study.Response.Select(fold.Training)).Curve;
        return Filled(fold.Test.Count, times, (_, time) => curve.At(time));
    }

    private double[,] Cox(Fold fold, IReadOnlyList<double> times) => Cox(fold.Training, study.Table.Select(fold.Test), times);

    /// <summary>Cox regression on some of the study's patients, which predicts for others.</summary>
    public double[,] Cox(IReadOnlyList<int> training, PatientTable others, IReadOnlyList<double> times)
    {
        var rows = study.Table.Select(training);
        var schema = CovariateSchema.Fit(rows, study.RegressionColumns());
        var cox = CoxModel.Fit(study.Response.Select(training), schema.Design(rows), names: schema.DesignNames);
        return cox.Survival(schema.Design(others), times);
    }

    private double[,] Savae(Fold fold, IReadOnlyList<double> times)
    {
        var data = study.Data(fold.Training);
        using var model = SavaeTraining.Fit(data, training).Model;
        var test = study.Table.Select(fold.Test);
        return SurvivalPredictor.Predict(model, data.Covariates.Schema.Encode(test), drawing).Survival(times, study.Treatments.Read(test));
    }

    private double[,] Truth(Fold fold, IReadOnlyList<double> times)
        => Filled(fold.Test.Count, times, (row, time) => study.Trial!.Truth(fold.Test[row]).Survival(time));

    private static double[,] Filled(int rows, IReadOnlyList<double> times, Func<int, double, double> value)
    {
        var matrix = new double[rows, times.Count];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < times.Count; j++)
                matrix[i, j] = value(i, times[j]);
        }
        return matrix;
    }
}
