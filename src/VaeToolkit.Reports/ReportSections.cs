using MathNet.Numerics.Distributions;

namespace VaeToolkit.Reports;

/// <summary>
/// Sections of the library's other assemblies, from plain numbers: reports know none of them, so a program that has both passes what
/// their results say.
/// </summary>
public static class ReportSections
{
    /// <summary>Continual learning: a score of every task after every task, as a heat map.</summary>
    /// <param name="score">What the values are, with the unit, such as <c>test NLL, nats</c>.</param>
    /// <param name="values">Rows are the tasks learned so far, columns the tasks scored; NaN where there is no score.</param>
    /// <param name="tasks">The tasks' names; null for numbers from 1.</param>
    /// <exception cref="ArgumentException">The names are not as many as the columns.</exception>
    public static ReportSection TaskMatrix(string score, double[,] values, IReadOnlyList<string>? tasks = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        var names = Names(values.GetLength(1), tasks, nameof(tasks));
        var last = Enumerable.Range(0, values.GetLength(1)).Select(c => values[values.GetLength(0) - 1, c]).Where(double.IsFinite);
        return new("Tasks", new ReportHeatMap(score, "after task", "of task", [.. names.Take(values.GetLength(0))], names, values),
            new ReportText($"After the last task the mean over tasks is {Digits.Of(last.DefaultIfEmpty(double.NaN).Average())}."));
    }

    /// <summary>GECO: the constraint and the multiplier over the epochs of a run, as its own report has them.</summary>
    /// <param name="runFolder">The folder that was the run's <c>CheckpointDirectory</c>.</param>
    /// <exception cref="FileNotFoundException">It has no <c>metrics.jsonl</c>, or that has no finished epoch.</exception>
    /// <exception cref="ArgumentException">The run has no multiplier: it was trained with another objective.</exception>
    public static ReportSection Constraint(string runFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(runFolder);
        return VaeToolkit.Reports.Constraint.Of(RunRecord.Read(runFolder))
            ?? throw new ArgumentException($"'{runFolder}' has no multiplier, so it is no run of Geco", nameof(runFolder));
    }

    /// <summary>Boosting: the components' weights, with the effective number 1 / Σ w² of the normalised ones.</summary>
    /// <param name="weights">The weights, at least 0, and one above it.</param>
    /// <exception cref="ArgumentException">A weight is negative, infinite or NaN, or none is above 0.</exception>
    public static ReportSection Components(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        for (var i = 0; i < weights.Count; i++)
        {
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"weights[{i}] is {weights[i]}; it must be finite and at least 0"), nameof(weights));
            }
        }
        var total = weights.Sum();
        if (!(total > 0))
            throw new ArgumentException($"none of the {weights.Count} weights is above 0", nameof(weights));
        var effective = 1 / weights.Sum(weight => weight / total * (weight / total));
        return new("Components", new ReportText(
            $"{Digits.Of(weights.Count)} components, of which {Digits.Of(effective)} count: 1 / Σ w²."), new ReportChart
            {
                Caption = "Weights of the components",
                X = "component",
                Y = "weight",
                Curves = [new("weight", [.. Enumerable.Range(1, weights.Count).Select(i => (double)i)], weights)
                {
                    Style = CurveStyle.Bars,
                }],
            });
    }

    /// <summary>Classification: counts by true and predicted class, and every class' share found with Wilson's 95 % interval.</summary>
    /// <param name="counts">Rows are true classes, columns predicted ones.</param>
    /// <param name="classes">The classes' names; null for numbers from 0.</param>
    /// <exception cref="ArgumentException">The counts are not square, or one is negative, or the names are not as many.</exception>
    public static ReportSection ConfusionMatrix(long[,] counts, IReadOnlyList<string>? classes = null)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var size = counts.GetLength(0);
        if (size != counts.GetLength(1))
            throw new ArgumentException($"counts is [{size}, {counts.GetLength(1)}]; it must be square", nameof(counts));
        foreach (var count in counts)
        {
            if (count < 0)
                throw new ArgumentException($"counts has {count}; a count must be at least 0", nameof(counts));
        }
        var names = Names(size, classes, nameof(classes), first: 0);
        var (shares, texts) = (new double[size, size], new string[size, size]);
        var rows = new List<IReadOnlyList<string>>();
        for (var r = 0; r < size; r++)
        {
            var total = Enumerable.Range(0, size).Sum(c => counts[r, c]);
            for (var c = 0; c < size; c++)
                (shares[r, c], texts[r, c]) = (total == 0 ? double.NaN : counts[r, c] / (double)total, Digits.Of(counts[r, c]));
            var (low, high) = Wilson(counts[r, r], total);
            rows.Add([names[r], Digits.Of(total), total == 0 ? "" : Digits.Percent(counts[r, r] / (double)total),
                total == 0 ? "" : $"{Digits.Percent(low)} to {Digits.Percent(high)}"]);
        }
        return new("Classification",
            new ReportHeatMap("Items, coloured by the share of their true class", "true", "predicted", names, names, shares)
            {
                Texts = texts,
            },
            new ReportTable("Share of every class that is found", ["class", "items", "found", "95 % interval"], rows));
    }

    /// <summary>The information bottleneck: information about the target against the rate.</summary>
    /// <param name="points">What was trained: rate and information in nats, and a name such as the value of β.</param>
    /// <param name="reference">A curve to hold it against, such as the closed form; null for none.</param>
    public static ReportSection InformationPlane(
        IReadOnlyList<(double Rate, double Information, string Name)> points,
        IReadOnlyList<(double Rate, double Information)>? reference = null)
    {
        ArgumentNullException.ThrowIfNull(points);
        var trained = new ReportCurve("trained", [.. points.Select(point => point.Rate)], [.. points.Select(point => point.Information)])
        {
            Style = CurveStyle.Points,
        };
        ReportCurve[] curves = reference is null ? [trained] :
        [
            trained, new("closed form", [.. reference.Select(point => point.Rate)], [.. reference.Select(point => point.Information)]),
        ];
        return new("Information plane",
            new ReportChart { Caption = "Information kept against rate", X = "rate, nats", Y = "information, nats", Curves = curves },
            new ReportTable("Every point in numbers", ["point", "rate, nats", "information, nats"],
                [.. points.Select(point => (string[])[point.Name, Digits.Of(point.Rate), Digits.Of(point.Information)])]));
    }

    /// <summary>Survival analysis: survival curves, and by choice the Brier score over time and the calibration.</summary>
    /// <param name="curves">S(t) against time, as <see cref="CurveStyle.Steps"/> for estimates such as Kaplan and Meier's.</param>
    /// <param name="timeUnit">The unit of time, such as <c>days</c>.</param>
    /// <param name="brier">Brier score against time; null for none.</param>
    /// <param name="calibration">Observed against predicted probability of survival; null for none.</param>
    public static ReportSection Survival(
        IReadOnlyList<ReportCurve> curves, string timeUnit, IReadOnlyList<ReportCurve>? brier = null,
        IReadOnlyList<ReportCurve>? calibration = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        var time = $"time, {timeUnit}";
        var blocks = new List<ReportBlock>
        {
            new ReportChart { Caption = "Probability of no event", X = time, Y = "S(t)", Curves = curves },
        };
        if (brier is not null)
            blocks.Add(new ReportChart { Caption = "Brier score (lower is better)", X = time, Y = "Brier score", Curves = brier });
        if (calibration is not null)
        {
            blocks.Add(new ReportChart
            {
                Caption = "Calibration of predicted survival",
                X = "predicted probability",
                Y = "observed share",
                SquareUnits = true,
                Curves = [.. calibration, new("calibrated", [0, 1], [0, 1]) { Style = CurveStyle.Dashes, Colour = 4 }],
            });
        }
        return new("Survival", blocks);
    }

    /// <summary>Segmentation: pictures of slices, and the Dice score of every case.</summary>
    /// <param name="slices">The pictures.</param>
    /// <param name="scores">A name and the Dice score of every case or class.</param>
    public static ReportSection Segmentation(ReportPictures slices, IReadOnlyList<(string Name, double Dice)> scores)
    {
        ArgumentNullException.ThrowIfNull(slices);
        ArgumentNullException.ThrowIfNull(scores);
        return new("Segmentation", slices,
            new ReportTable("Dice scores", ["case", "Dice"], [.. scores.Select(score => (string[])[score.Name, Digits.Of(score.Dice)])]));
    }

    /// <summary>Moment gaps: how far a model's moments are from the data's, with standard errors.</summary>
    /// <param name="gaps">
    /// A model's name, its gaps of first and second moments and their standard errors (NaN where there are none).
    /// </param>
    public static ReportSection MomentGaps(
        IReadOnlyList<(string Name, double First, double FirstError, double Second, double SecondError)> gaps)
    {
        ArgumentNullException.ThrowIfNull(gaps);
        return new("Moment gaps", new ReportTable(
            "Distance of the model's moments from those of the data", ["model", "first moments", "second moments"],
            [.. gaps.Select(gap => (string[])[gap.Name, Digits.Of(gap.First, gap.FirstError), Digits.Of(gap.Second, gap.SecondError)])]));
    }

    /// <summary>Wilson's interval of a share (Wilson 1927).</summary>
    internal static (double Low, double High) Wilson(long found, long total)
    {
        var z = Normal.InvCDF(0, 1, 0.975);
        var share = (double)found / total;
        var centre = share + z * z / (2 * total);
        var half = z * Math.Sqrt(share * (1 - share) / total + z * z / (4.0 * total * total));
        var scale = 1 + z * z / total;
        // A bound of 0 or 1 comes out a rounding beyond.
        return (Math.Max(0, (centre - half) / scale), Math.Min(1, (centre + half) / scale));
    }

    private static IReadOnlyList<string> Names(int count, IReadOnlyList<string>? names, string argument, int first = 1)
    {
        if (names is null)
            return [.. Enumerable.Range(first, count).Select(i => Digits.Of(i))];
        return names.Count == count ? names
            : throw new ArgumentException($"there are {names.Count} names for {count} columns", argument);
    }
}
