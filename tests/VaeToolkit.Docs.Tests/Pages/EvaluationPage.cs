using VaeToolkit.Evaluation;

namespace Documentation.Pages;

internal static class EvaluationPage
{
    public static void Figures(VaeToolkit.Vae vae, VaeToolkit.DataSource test)
    {
        #region
        Console.WriteLine(Evaluate.NegativeLogLikelihood(vae, test, new() { Samples = 500, Seed = 1 }));
        Console.WriteLine(Evaluate.Reconstruction(vae, test));
        Console.WriteLine(Evaluate.ActiveUnits(vae, test));
        Console.WriteLine(Evaluate.MarginalKl(vae, test));
        #endregion
    }
}
