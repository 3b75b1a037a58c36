using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.VisualFields;

/// <summary>Expectation maximisation for random slopes: its state, and one step after another.</summary>
internal sealed class SlopesEstimate
{
    // Of a number's own variance: what keeps covariances invertible where eyes do not differ, or numbers do not scatter.
    private const double Ridge = 1e-6;

    private readonly int _size;
    private readonly double[][] _times;
    private readonly double[][][] _numbers;
    private readonly double[] _floor;
    private readonly double[] _betweenFloor;

    // Eyes of the same times share a design.
    private readonly int[][] _groups;

    /// <summary>Starts from lines of no slope.</summary>
    /// <param name="size">M.</param>
    /// <param name="times">The times of every eye, from the origin.</param>
    /// <param name="numbers">The numbers of all fields, eye by eye.</param>
    public SlopesEstimate(int size, double[][] times, double[][] numbers)
    {
        (_size, _times) = (size, times);
        var start = 0;
        _numbers = [.. times.Select(eye => numbers[start..(start += eye.Length)])];
        _groups = [.. Enumerable.Range(0, times.Length).GroupBy(eye => string.Join(' ', times[eye].Select(time => time.ToString("R",
            CultureInfo.InvariantCulture)))).Select(group => group.ToArray())];
        var centre = Vector<double>.Build.Dense(size, m => numbers.Average(row => row[m]));
        var variances = Vector<double>.Build.Dense(size, m => numbers.Average(row => Math.Pow(row[m] - centre[m], 2)));
        // A number that never varies still needs a scale.
        variances = variances.MapIndexed(
            (m, variance) => variance > LinearRate.RoundingSquared(numbers.Max(row => Math.Abs(row[m]))) ? variance : 1, Zeros.Include);
        _floor = [.. variances.Select(variance => variance * Ridge)];
        var spread = Math.Max(times.SelectMany(eye => eye).Average(time => time * time), double.Epsilon);
        // Slopes have the numbers' unit by that of time.
        _betweenFloor = [.. _floor, .. _floor.Select(floor => floor / spread)];
        Mean = Vector<double>.Build.DenseOfEnumerable(centre.Concat(new double[size]));
        Between = Matrix<double>.Build.DenseOfDiagonalVector(
            Vector<double>.Build.DenseOfEnumerable((variances * 0.5).Concat(variances * (0.1 / spread))));
        Noise = Matrix<double>.Build.DenseOfDiagonalVector(variances * 0.5);
    }

    public Vector<double> Mean { get; private set; }

    public Matrix<double> Between { get; private set; }

    public Matrix<double> Noise { get; private set; }

    /// <summary>One step; gives the mean log-likelihood of a field's numbers, in nats, before it.</summary>
    public double Step()
    {
        var lines = new Vector<double>[_times.Length];
        var (between, noise) = (Matrix<double>.Build.Dense(2 * _size, 2 * _size), Matrix<double>.Build.Dense(_size, _size));
        var (noisePrecision, noiseLn) = Inverse(Noise);
        var betweenLn = Between.Cholesky().DeterminantLn;
        var likelihood = 0.0;
        foreach (var group in _groups)
        {
            var times = _times[group[0]];
            var design = new SlopesDesign(times, Between, Noise);
            foreach (var eye in group)
            {
                var centred = Residuals(eye, Mean);
                var weighted = design.Weighted(centred);
                var shift = design.Posterior(weighted);
                lines[eye] = Mean + shift;
                likelihood -= 0.5 * (centred.Sum(row => Quadratic(noisePrecision, row)) - weighted * shift);
            }
            likelihood -= 0.5 * group.Length
                * (times.Length * (noiseLn + _size * Math.Log(2 * Math.PI)) + betweenLn + design.DeterminantLn);
            var covariance = design.Covariance;
            between += covariance * group.Length;
            foreach (var time in times)
                noise += AtTime(covariance, time) * group.Length;
        }
        Maximise(lines, between, noise);
        return likelihood / _times.Sum(times => times.Length);
    }

    private static (Matrix<double> Precision, double DeterminantLn) Inverse(Matrix<double> covariance)
    {
        var factor = covariance.Cholesky();
        return (factor.Solve(Matrix<double>.Build.DenseIdentity(covariance.RowCount)), factor.DeterminantLn);
    }

    private static double Quadratic(Matrix<double> precision, double[] row)
    {
        var sum = 0.0;
        for (var i = 0; i < row.Length; i++)
        {
            for (var j = 0; j < row.Length; j++)
                sum += row[i] * precision[i, j] * row[j];
        }
        return sum;
    }

    // The covariance of a + b t.
    private Matrix<double> AtTime(Matrix<double> covariance, double time)
    {
        var cross = covariance.SubMatrix(0, _size, _size, _size) * time;
        return covariance.SubMatrix(0, _size, 0, _size) + cross + cross.Transpose()
            + covariance.SubMatrix(_size, _size, _size, _size) * (time * time);
    }

    // What is left of an eye's numbers after a line.
    private double[][] Residuals(int eye, Vector<double> line) => [.. _numbers[eye].Select((row, i) => Enumerable.Range(0, _size)
        .Select(m => row[m] - line[m] - _times[eye][i] * line[_size + m]).ToArray())];

    // The posterior's covariances are summed already; what the lines add to them follows.
    private void Maximise(Vector<double>[] lines, Matrix<double> between, Matrix<double> noise)
    {
        Mean = lines.Aggregate((a, b) => a + b) / lines.Length;
        for (var eye = 0; eye < lines.Length; eye++)
        {
            var off = lines[eye] - Mean;
            between += off.OuterProduct(off);
            foreach (var row in Residuals(eye, lines[eye]))
            {
                for (var i = 0; i < _size; i++)
                {
                    for (var j = 0; j < _size; j++)
                        noise[i, j] += row[i] * row[j];
                }
            }
        }
        Between = Regular(between / lines.Length, _betweenFloor);
        Noise = Regular(noise / _times.Sum(times => times.Length), _floor);
    }

    private static Matrix<double> Regular(Matrix<double> covariance, double[] floor)
    {
        for (var i = 0; i < covariance.RowCount; i++)
            covariance[i, i] += floor[i];
        return (covariance + covariance.Transpose()) / 2;
    }
}
