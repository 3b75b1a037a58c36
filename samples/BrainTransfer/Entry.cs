using VaeToolkit.Studies;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>A setting of the comparison, which is run on several subsets.</summary>
internal sealed record Entry(Settings Settings, TargetMethod Method, int Size)
{
    private const string Dice = "dice/";
    private const string Overlap = "iou/";
    private const string Hausdorff95 = "hd95/";
    private const string StepSeconds = "step_seconds";

    /// <summary>Its name in the study.</summary>
    public string Name => $"{Cell.ShortName(Method)}-{Size}";

    /// <summary>What its figures depend on.</summary>
    public override string ToString() => $"{Name}, {Settings.OfAnyComparison}";

    /// <summary>
    /// Every setting by its name. Methods differ in cost, so that of several processes, which take them by turns, each gets another one at
    /// every n.
    /// </summary>
    public static IReadOnlyDictionary<string, Entry> Plan(Settings settings) => new OrderedDictionary<string, Entry>(
        from size in settings.Sizes.Index()
        from place in Enumerable.Range(0, settings.Methods.Count)
        let entry = new Entry(settings, settings.Methods[(place + size.Index) % settings.Methods.Count], size.Item)
        select KeyValuePair.Create(entry.Name, entry));

    /// <summary>The figures of a run, of every test patient.</summary>
    public static Dictionary<string, double> Figures(IReadOnlyList<Cell> cells)
    {
        var figures = new Dictionary<string, double> { [StepSeconds] = cells[0].Seconds };
        foreach (var cell in cells)
        {
            figures[Dice + cell.Patient] = cell.Dice;
            figures[Overlap + cell.Patient] = cell.Overlap;
            figures[Hausdorff95 + cell.Patient] = cell.Hausdorff95;
        }
        return figures;
    }

    /// <summary>The entries of all runs that succeeded.</summary>
    public static IReadOnlyList<Cell> Cells(Settings settings, StudyResults results)
    {
        var plan = Plan(settings);
        return [.. from record in results.Records
                   where record.Succeeded
                   from name in record.Figures.Keys
                   where name.StartsWith(Dice, StringComparison.Ordinal)
                   let patient = name[Dice.Length..]
                   let entry = plan[record.Setting]
                   select new Cell(
                       entry.Method, entry.Size, (int)record.Seed, patient, record.Figures[Dice + patient],
                       record.Figures[Overlap + patient], record.Figures[Hausdorff95 + patient], record.Figures[StepSeconds])];
    }
}
