using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields;

/// <summary>
/// Whether an eye gets worse: all slopes of a <see cref="FieldSpace"/> together, whitened by the noise of test and retest, beside those
/// that the same fields have in every other order of the visits. In a stable eye all orders are equally likely, whatever the noise and
/// however it depends on the field, so at most the level's share of stable eyes is called progressing, and exactly that share where it is a
/// whole number of orders and no two fields are of one time.
/// </summary>
public sealed class ProgressionTest
{
    private const double Step = 0.05;

    // Of the sum of what is added: a smaller sum is rounding.
    private const double Rounding = 1e-9;

    // Of a number's variance: a smaller part is no noise of its own.
    private const double OwnPart = 1e-10;

    private readonly FieldSpace _space;
    private readonly ProgressionOptions _options;
    private readonly Matrix<double> _whitening;
    private readonly Vector<double> _scale;
    private readonly Dictionary<int, IReadOnlyList<int[]>> _orders = [];

    private ProgressionTest(FieldSpace space, Matrix<double> noise, ProgressionOptions options)
    {
        (_space, Noise, _options) = (space, noise, options);
        var factor = noise.Cholesky().Factor;
        _whitening = factor.Inverse();
        _scale = noise.Diagonal().PointwiseSqrt();
    }

    /// <summary>The covariance of an eye's numbers about their lines, pooled over the cohort, <c>[M, M]</c>.</summary>
    public Matrix<double> Noise { get; }

    /// <summary>Takes the noise of test and retest from a cohort.</summary>
    /// <param name="space">What describes a field; every number must be there in every field.</param>
    /// <param name="cohort">Eyes; those with fewer than three fields, or fields of one time, say nothing about it.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The cohort has too few fields for M numbers, or one of them is missing, never changes but along
    /// a line, or is always what others make it, but for rounding.</exception>
    public static ProgressionTest Calibrate(FieldSpace space, FieldCohort cohort, ProgressionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(cohort);
        options = (options ?? new()).Validated();
        var noise = Matrix<double>.Build.Dense(space.Size, space.Size);
        var (freedom, sizes) = (0, new double[space.Size]);
        foreach (var eye in cohort.Eyes.Where(eye => eye.Count > 2 && !eye.IsOfOneTime))
        {
            var numbers = Numbers(space, eye);
            foreach (var left in Residuals(eye, numbers))
                noise += left.OuterProduct(left);
            freedom += eye.Count - 2;
            for (var m = 0; m < sizes.Length; m++)
                sizes[m] = Math.Max(sizes[m], numbers.Max(row => Math.Abs(row[m])));
        }
        if (freedom < space.Size)
            throw new ArgumentException($"the cohort leaves {freedom} degrees of freedom; the noise of {space} needs {space.Size}",
                nameof(cohort));
        noise /= freedom;
        if (sizes.Index().Where(size => !(noise[size.Index, size.Index] > LinearRate.RoundingSquared(size.Item)))
            .Select(size => size.Index).ToList() is [var still, ..])
            throw new ArgumentException($"number {still} of {space} never changes but along a line, so its noise is not known",
                nameof(cohort));
        if (FirstOfOthers(noise) is { } other)
            throw new ArgumentException($"number {other} of {space} changes, but for lines, only as those before it make it, so it has no "
                + "noise of its own; leave it out of the space", nameof(cohort));
        return new(space, noise, options);
    }

    /// <summary>Tests an eye.</summary>
    /// <param name="eye">The eye: at least three fields, of two different times.</param>
    /// <exception cref="ArgumentException">The eye has fewer, or all are of one time, or a number is missing.</exception>
    public ProgressionResult Run(FieldSeries eye)
    {
        var numbers = Checked(eye);
        var (years, orders) = (eye.Years, Orders(eye.Count));
        var centre = years.Average();
        var spread = years.Sum(time => (time - centre) * (time - centre));
        double[] weights = [.. years.Select(time => (time - centre) / spread)];
        var gradient = MeanGradient(numbers);
        // Less the first field, so that what does not change is 0 exactly.
        Vector<double>[] changes = [.. numbers.Select(row => Vector<double>.Build.Dense(row) - Vector<double>.Build.Dense(numbers[0]))];
        double[][] white = [.. changes.Select(change => (_whitening * change).ToArray())];
        Fall[] falls = [.. changes.Select(change => Fall.Of(gradient, change))];
        var statistics = orders.Select(order => Signed(white, falls, weights, order, spread)).ToList();
        // Rounding must not part what is equal.
        var own = statistics[0] - 1e-9 * Math.Abs(statistics[0]);
        return new()
        {
            Statistic = statistics[0],
            PValue = statistics.Count(statistic => statistic >= own) / (double)orders.Count,
            Orders = orders.Count,
            AreAllOrders = IsAll(eye.Count, orders.Count),
            MeanSensitivityRate = Slope(falls, weights, orders[0]),
            Level = _options.Level,
        };
    }

    /// <summary>
    /// The second way: each number's slope by its own t-test, with Bonferroni's correction for M of them. Its level holds where the noise
    /// is normal and does not depend on the field.
    /// </summary>
    /// <param name="eye">The eye: at least three fields, of two different times.</param>
    /// <exception cref="ArgumentException">The eye has fewer, or all are of one time, or a number is missing.</exception>
    public SingleSlopesResult SingleSlopes(FieldSeries eye)
    {
        var numbers = Checked(eye);
        LinearRate[] rates = [.. Enumerable.Range(0, _space.Size).Select(m => LinearRate.Fit(eye.Years, [.. numbers.Select(row
            => row[m])]))];
        var fall = Fall.Of(MeanGradient(numbers), Vector<double>.Build.DenseOfEnumerable(rates.Select(rate => rate.Slope)));
        return new(rates, Math.Min(1, rates.Min(rate => rate.PValue!.Value) * rates.Length), fall.Rate, _options.Level);
    }

    /// <summary>The space and the level.</summary>
    public override string ToString() => FormattableString.Invariant($"test of progression over {_space} at {_options.Level}");

    private static double[][] Numbers(FieldSpace space, FieldSeries eye)
    {
        var numbers = space.Encode(eye.Fields);
        return numbers.Any(row => row.Any(double.IsNaN))
            ? throw new ArgumentException(
                $"a place of eye {eye.Eye} is missing, and {space} has no number for it; take a space that fills it in")
            : numbers;
    }

    private static IEnumerable<Vector<double>> Residuals(FieldSeries eye, double[][] numbers)
    {
        LinearRate[] rates = [.. Enumerable.Range(0, numbers[0].Length).Select(m => LinearRate.Fit(eye.Years, [.. numbers.Select(row
            => row[m])]))];
        return numbers.Zip(eye.Years, (row, time) => Vector<double>.Build.Dense(row.Length, m => row[m] - rates[m].At(time)));
    }

    private static double Slope(Fall[] falls, double[] weights, int[] order)
    {
        var (slope, size) = (0.0, 0.0);
        for (var i = 0; i < order.Length; i++)
        {
            slope += weights[i] * falls[order[i]].Sum;
            size += Math.Abs(weights[i]) * falls[order[i]].Size;
        }
        return new Fall(slope, size).Rate;
    }

    private static double Signed(double[][] white, Fall[] falls, double[] weights, int[] order, double spread)
    {
        var squares = 0.0;
        for (var m = 0; m < white[0].Length; m++)
        {
            var slope = 0.0;
            for (var i = 0; i < order.Length; i++)
                slope += weights[i] * white[order[i]][m];
            squares += slope * slope;
        }
        var statistic = squares * spread / white[0].Length;
        return Slope(falls, weights, order) < 0 ? statistic : -statistic;
    }

    // The first number of whose variance nothing is left when those before it are known, by the squares of Cholesky's diagonal.
    private static int? FirstOfOthers(Matrix<double> noise)
    {
        var (size, factor) = (noise.RowCount, new double[noise.RowCount, noise.RowCount]);
        for (var m = 0; m < size; m++)
        {
            for (var k = 0; k <= m; k++)
            {
                var left = noise[m, k] / Math.Sqrt(noise[m, m]) / Math.Sqrt(noise[k, k]);
                for (var j = 0; j < k; j++)
                    left -= factor[m, j] * factor[k, j];
                if (k == m && !(left > OwnPart))
                    return m;
                factor[m, k] = k == m ? Math.Sqrt(left) : left / factor[k, k];
            }
        }
        return null;
    }

    private static bool IsAll(int visits, int orders)
    {
        var all = 1.0;
        for (var i = 2; i <= visits; i++)
            all *= i;
        return all == orders;
    }

    private double[][] Checked(FieldSeries eye)
    {
        ArgumentNullException.ThrowIfNull(eye);
        eye.RequireRates();
        return eye.Count > 2 ? Numbers(_space, eye)
            : throw new ArgumentException($"eye {eye.Eye} has {eye.Count} fields; two give a rate, but a test needs three", nameof(eye));
    }

    private IReadOnlyList<int[]> Orders(int visits)
    {
        lock (_orders)
        {
            if (!_orders.TryGetValue(visits, out var orders))
                _orders[visits] = orders = VisitOrders.Of(visits, _options.MostOrders, _options.Seed);
            return orders;
        }
    }

    // How the decoded mean sensitivity changes with each number, at the mean of the visits, which no order changes.
    private Vector<double> MeanGradient(double[][] numbers)
    {
        double[] centre = [.. Enumerable.Range(0, _space.Size).Select(m => numbers.Average(row => row[m]))];
        var shifted = new List<double[]>(2 * _space.Size);
        for (var m = 0; m < _space.Size; m++)
        {
            foreach (var sign in (int[])[1, -1])
            {
                double[] row = [.. centre];
                row[m] += sign * Step * _scale[m];
                shifted.Add(row);
            }
        }
        var fields = _space.Decode(shifted);
        return Vector<double>.Build.Dense(
            _space.Size, m => (fields[2 * m].Average() - fields[2 * m + 1].Average()) / (2 * Step * _scale[m]));
    }

    // How much the decoded mean sensitivity falls, and the sum of the sizes of what is added there: places that balance give rounding.
    private readonly record struct Fall(double Sum, double Size)
    {
        public double Rate => Math.Abs(Sum) <= Rounding * Size ? 0 : Sum;

        public static Fall Of(Vector<double> gradient, Vector<double> change)
            => new(gradient * change, gradient.PointwiseMultiply(change).L1Norm());
    }
}
