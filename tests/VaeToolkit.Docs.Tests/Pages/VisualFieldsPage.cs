using VaeToolkit;
using VaeToolkit.VisualFields;

namespace Documentation.Pages;

internal static class VisualFieldsPage
{
    public static void Fields()
    {
        #region
        var cohort = FieldCohort.Read("train.csv");                                       // or with FieldLayout.Read("places.csv")
        var (training, held) = cohort.Split(heldBack: 0.2, seed: 1);                      // by patient
        #endregion
    }

    public static void Model(FieldCohort training)
    {
        #region
        var (vae, result) = FieldVae.Fit(training, new() { LatentSize = 8, Seed = 1 });   // a Vae like others
        using (vae)
        {
            vae.Save("fields");                                                           // opens again with Vae.Load("fields")
            Console.WriteLine(result.Best);
        }
        #endregion
    }

    public static void Rates(Vae vae, FieldCohort cohort, FieldCohort training, FieldSeries eye)
    {
        #region
        var space = new VaeFieldSpace(vae, cohort.Layout);
        var rates = EyeRates.Of(space, eye);                        // two fields: rates alone; from three on errors and p-values too
        Console.WriteLine($"{rates.Rates[0]}; {rates.Forecast(years: 3.5)}");

        var shrinkage = RandomSlopes.Fit(space, training);          // recommended
        Console.WriteLine(shrinkage.Forecast(eye, years: 3.5));
        #endregion
    }

    public static void Progression(FieldSpace space, FieldCohort training, FieldSeries eye)
    {
        #region
        var test = ProgressionTest.Calibrate(space, training);      // the noise of test and retest
        var found = test.Run(eye);
        Console.WriteLine($"{found}");                              // p-value, dB a year, verdict
        #endregion
    }
}
