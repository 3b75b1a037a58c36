using VaeToolkit.Studies;

namespace Documentation.Pages;

internal static class StudiesPackage
{
    public static void Program()
    {
        #region
        var study = new Study<double>(
            "study", new Dictionary<string, double> { ["small"] = 1, ["large"] = 4 }, seeds: [1, 2, 3],
            run => new Dictionary<string, double> { ["figure"] = run.Setting * run.Seed });
        var results = study.Run(new() { Processes = 2 });
        Console.WriteLine(results);
        Console.WriteLine(results.Difference("large", "small", "figure"));
        #endregion
    }
}
