using TorchSharp;
using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// Where a patient's numbers lie in one row, so that a batch is one tensor <c>[N, W]</c>: targets of p(x|z) (numbers, binaries, counts,
/// then categories and ordinals one number a level), a bit for every covariate that says whether it was observed, the encoder's features,
/// the treatments' code, ln time, event.
/// </summary>
internal sealed class PatientLayout
{
    // A value further out is taken for one that far, so that its square and what networks make of it are finite in float32.
    private const double LargestDistance = 1e6;
    private const double LargestCount = 1e30;

    // Rates end at e^40, and a count of which the likelihood is to be right lies below.
    private const double LargestLearnedCount = 1e17;

    private readonly int[] _order;

    public PatientLayout(CovariateSchema schema, TreatmentSet treatments)
    {
        (Schema, Treatments) = (schema, treatments);
        _order = [.. Enumerable.Range(0, schema.Columns.Count).OrderBy(j => Group(schema.Columns[j].Kind))];
        Numbers = Members(0).Length;
        Binaries = Members(1).Length;
        Counts = Members(2).Length;
        Categories = Widths(3);
        Ordinals = Widths(4);
    }

    public CovariateSchema Schema { get; }

    public TreatmentSet Treatments { get; }

    public int Numbers { get; }

    public int Binaries { get; }

    public int Counts { get; }

    /// <summary>The numbers of levels of the categorical columns.</summary>
    public IReadOnlyList<int> Categories { get; }

    /// <summary>The numbers of levels of the ordinal columns.</summary>
    public IReadOnlyList<int> Ordinals { get; }

    /// <summary>Columns whose target is one number.</summary>
    public int Singles => Numbers + Binaries + Counts;

    public int TargetWidth => Singles + Categories.Sum() + Ordinals.Sum();

    public int MaskWidth => _order.Length;

    /// <summary>Where the encoder's view of the covariates begins: bits, then features.</summary>
    public int MaskStart => TargetWidth;

    /// <summary>Width of the encoder's view of the covariates.</summary>
    public int ViewWidth => MaskWidth + Schema.FeatureCount;

    public int CodeStart => TargetWidth + ViewWidth;

    public int LogTimeIndex => CodeStart + Treatments.CodeWidth;

    public int Width => LogTimeIndex + 2;

    /// <summary>Rows of training data.</summary>
    /// <exception cref="ArgumentException">A count is larger than the rate of any distribution of counts.</exception>
    public double[,] Pack(PatientData data)
    {
        RequireCounts(data.Covariates);
        var rows = Pack(data.Covariates);
        for (var i = 0; i < data.Count; i++)
        {
            var code = Treatments.Code(data.Given[i]);
            for (var j = 0; j < code.Length; j++)
                rows[i, CodeStart + j] = code[j];
            rows[i, LogTimeIndex] = Math.Log(data.Response.Times[i]);
            rows[i, LogTimeIndex + 1] = data.Response.Events[i] ? 1 : 0;
        }
        return rows;
    }

    /// <summary>Rows of which only the covariates are known; the rest is 0.</summary>
    public double[,] Pack(EncodedCovariates covariates)
    {
        var rows = new double[covariates.Count, Width];
        for (var i = 0; i < covariates.Count; i++)
        {
            WriteTargets(covariates, i, rows);
            for (var j = 0; j < Schema.FeatureCount; j++)
                rows[i, MaskStart + MaskWidth + j] = Math.Clamp(covariates.Feature(i, j), -LargestDistance, LargestDistance);
        }
        return rows;
    }

    /// <summary>Requires rows <c>[N, W]</c>, at least one, of a model's type.</summary>
    /// <exception cref="ArgumentException">Another width, no rows, or another type; the message says how to convert.</exception>
    public void RequireRows(torch.Tensor items, torch.ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Dimensions != 2 || items.shape[1] != Width || items.shape[0] == 0)
            throw new ArgumentException(
                $"items has shape {Shape.Text(items)}; it must be [N, {Width}] with at least one row, as Items makes them", nameof(items));
        if (items.dtype != type)
            throw new ArgumentException($"items is {Name(items.dtype)}, the model is {Name(type)}; convert the data, "
                + $"items.to(torch.{Name(type)}), or the model, model.to(torch.{Name(items.dtype)})", nameof(items));
    }

    /// <summary>The first bit of rows that is neither 0 nor 1, in words, or null: whether a covariate was observed, a treatment's level
    /// given, the event observed. Reads all of them.</summary>
    public string? ExplainBits(torch.Tensor items)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (start, width, what) in new[]
        {
            (MaskStart, MaskWidth, "whether a covariate was observed"), (CodeStart, Treatments.CodeWidth, "the treatments' code"),
            (LogTimeIndex + 1, 1, "whether the event was observed"),
        })
        {
            var bits = items.narrow(-1, start, width);
            var wrong = bits.ne(0) & bits.ne(1);
            if (width == 0 || !wrong.any().ToBoolean())
                continue;
            var first = wrong.flatten().to(torch.uint8).argmax().ToInt64();
            var value = bits.flatten()[first].ToDouble();
            return FormattableString.Invariant(
                $"row {first / width} holds {value:G6} at {start + first % width}, {what}; it must be 0 or 1");
        }
        return null;
    }

    private void RequireCounts(EncodedCovariates covariates)
    {
        foreach (var j in Members(2))
            for (var i = 0; i < covariates.Count; i++)
                if (covariates.IsObserved(i, j) && covariates.Target(i, j) is > LargestLearnedCount and var count)
                    throw new ArgumentException(
                        FormattableString.Invariant($"the count {count:G6} of patient {i} in column '{Schema.Columns[j].Name}' is above ")
                        + FormattableString.Invariant($"{LargestLearnedCount:G6}, the most that counts can be; count in a larger unit, or ")
                        + $"let the column be {nameof(CovariateKind)}.{nameof(CovariateKind.Positive)}", nameof(covariates));
    }

    private static string Name(torch.ScalarType type) => type.ToString().ToLowerInvariant();

    private static int Group(CovariateKind kind) => kind switch
    {
        CovariateKind.Continuous or CovariateKind.Positive => 0,
        CovariateKind.Binary => 1,
        CovariateKind.Count => 2,
        CovariateKind.Categorical => 3,
        _ => 4,
    };

    private int[] Members(int group) => [.. _order.Where(j => Group(Schema.Columns[j].Kind) == group)];

    private int[] Widths(int group) => Array.ConvertAll(Members(group), j => Schema.Columns[j].Levels!.Count);

    private void WriteTargets(EncodedCovariates covariates, int i, double[,] rows)
    {
        var at = 0;
        for (var place = 0; place < _order.Length; place++)
        {
            var (j, width) = (_order[place], place < Singles ? 1 : Schema.Columns[_order[place]].Levels!.Count);
            if (covariates.IsObserved(i, j))
            {
                rows[i, MaskStart + place] = 1;
                var target = covariates.Target(i, j);
                if (place < Singles)
                    rows[i, at] = Math.Clamp(target, -LargestDistance, place < Numbers ? LargestDistance : LargestCount);
                else
                    rows[i, at + (int)target] = 1;
            }
            at += width;
        }
    }
}
