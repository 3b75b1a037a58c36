using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// A Gaussian mixture's weights, K means of D values, and K roots of its covariances: lower Cholesky factors, D × D row by row, or D
/// deviations where the axes are independent.
/// </summary>
internal sealed class MixtureParameters(double[] weights, double[][] means, double[][] roots)
{
    // Of the mixture's own variances: below it is what regularisation and rounding leave.
    private const double VanishingVariance = 1e-11;

    internal double[] Weights => weights;

    internal double[][] Means => means;

    private int Components => weights.Length;

    private int Dimension => means[0].Length;

    /// <summary>Rows below which a component's covariance is singular.</summary>
    internal static int RowsPerComponent(CovarianceForm form, int dimension) => form switch
    {
        CovarianceForm.Full => dimension + 1,
        CovarianceForm.Tied => 0,
        _ => 2,
    };

    /// <summary>The same with means that are nearer to 0 by a factor.</summary>
    internal MixtureParameters Shrunk(double factor)
        => new(weights, [.. means.Select(mean => mean.Select(value => value / factor).ToArray())], roots);

    private bool HasAxes => roots[0].Length == Dimension;

    /// <summary>Σ_k.</summary>
    internal Matrix<double> Covariance(int component)
    {
        if (HasAxes)
            return Matrix<double>.Build.DenseOfDiagonalArray([.. roots[component].Select(deviation => deviation * deviation)]);
        using var scope = torch.NewDisposeScope();
        var root = Root(component);
        return Rows.Matrix(root.mm(root.t()));
    }

    /// <summary>ln π_k + ln N(x; μ_k, Σ_k), K times N values, one component after the other.</summary>
    internal double[] JointLogProb(MixtureRows rows)
    {
        var joint = new double[Components * rows.Count];
        JointLogProb(rows, joint);
        return joint;
    }

    /// <summary>The same into an array that is there.</summary>
    internal void JointLogProb(MixtureRows rows, double[] joint)
    {
        for (var k = 0; k < Components; k++)
        {
            var part = joint.AsSpan(k * rows.Count, rows.Count);
            rows.Distances(means[k], roots[k], part);
            var constant = Math.Log(weights[k]) - 0.5 * (LogDeterminant(k) + Dimension * Math.Log(2 * Math.PI));
            foreach (ref var value in part)
                value = constant - 0.5 * value;
        }
    }

    /// <summary>Turns ln p(k, x) into p(k|x), in place, and returns the mean of ln p(x).</summary>
    /// <param name="joint">K times N values, one component after the other.</param>
    /// <param name="rows">N.</param>
    internal static double Normalise(double[] joint, int rows)
    {
        var total = 0.0;
        for (var i = 0; i < rows; i++)
        {
            var (largest, sum) = (double.NegativeInfinity, 0.0);
            for (var at = i; at < joint.Length; at += rows)
                largest = Math.Max(largest, joint[at]);
            for (var at = i; at < joint.Length; at += rows)
                sum += joint[at] = Math.Exp(joint[at] - largest);
            for (var at = i; at < joint.Length; at += rows)
                joint[at] /= sum;
            total += largest + Math.Log(sum);
        }
        return total / rows;
    }

    /// <summary>
    /// Σ ln p(x_i) where p is the mixture without row i: its share r_ik is taken out of every component's weight, mean and covariance, in
    /// closed form. A component that owes its shape to a few rows does badly here, however high their likelihood.
    /// </summary>
    /// <param name="rows">The rows of the last M-step.</param>
    /// <param name="form">The covariances' form, not tied.</param>
    internal double LeaveOneOut(MixtureRows rows, CovarianceForm form)
    {
        var shares = JointLogProb(rows);
        Normalise(shares, rows.Count);
        for (var k = 0; k < Components; k++)
            WithoutOwn(rows, k, shares.AsSpan(k * rows.Count, rows.Count), form);
        return Normalise(shares, rows.Count) * rows.Count;
    }

    /// <summary>
    /// Components with fewer expected rows than their covariance needs, or with a variance in some direction that has vanished in units of
    /// the mixture's own deviations.
    /// </summary>
    internal int[] Degenerate(CovarianceForm form, long rows)
    {
        double[] deviations = [.. Enumerable.Range(0, Dimension).Select(j => Math.Sqrt(MixtureVariance(j)))];
        // Expected rows come out of the E-step a little off.
        return [.. Enumerable.Range(0, Components).Where(k => weights[k] * rows < RowsPerComponent(form, Dimension) * (1 - 1e-9)
            || !(Least(k) >= VanishingVariance))];

        double Least(int k)
        {
            if (HasAxes || form is CovarianceForm.Diagonal or CovarianceForm.Spherical)
                return Enumerable.Range(0, Dimension).Min(j => Variance(k, j) / (deviations[j] * deviations[j]));
            using var scope = torch.NewDisposeScope();
            var scaled = Root(k) / torch.tensor(deviations, device: torch.CPU).unsqueeze(1);
            return torch.linalg.eigvalsh(scaled.mm(scaled.t())).min().ToDouble();
        }
    }

    private double MixtureVariance(int column)
    {
        // From the first mean, so that what the means have in common is not rounded.
        var shifts = means.Select(mean => mean[column] - means[0][column]).ToArray();
        var centre = weights.Zip(shifts, (weight, shift) => weight * shift).Sum();
        return Enumerable.Range(0, Components).Sum(k => weights[k] * (Variance(k, column) + Math.Pow(shifts[k] - centre, 2)));
    }

    private double Variance(int component, int column)
    {
        var root = roots[component];
        if (HasAxes)
            return root[column] * root[column];
        var row = root.AsSpan(column * Dimension, column + 1);
        var variance = 0.0;
        foreach (var value in row)
            variance += value * value;
        return variance;
    }

    // With n = Σ r, c = r / (n − r), δ = x − μ: μ' = μ − c δ and Σ' = n / (n − r) (Σ − c δᵀδ), so that the squared
    // distance is n / (n − r) · q / (1 − c q) and ln|Σ'| = D ln(n / (n − r)) + ln|Σ| + ln(1 − c q).
    // The shares become ln p(k, x).
    private void WithoutOwn(MixtureRows rows, int component, Span<double> shares, CovarianceForm form)
    {
        const double Least = 1e-12;
        var (dimension, logDeterminant) = (Dimension, LogDeterminant(component));
        var count = 0.0;
        foreach (var share in shares)
            count += share;
        var distances = new double[form == CovarianceForm.Diagonal ? 0 : rows.Count];
        if (form != CovarianceForm.Diagonal)
            rows.Distances(means[component], roots[component], distances);
        for (var i = 0; i < shares.Length; i++)
        {
            var left = Math.Max(count - shares[i], count * Least);
            var (ratio, growth, distance, logKept) = (shares[i] / left, count / left, 0.0, 0.0);
            for (var j = 0; j < (form == CovarianceForm.Diagonal ? dimension : 1); j++)
            {
                var square = form switch
                {
                    CovarianceForm.Diagonal => Math.Pow(rows.Value(i, j) - means[component][j], 2) / Variance(component, j),
                    CovarianceForm.Spherical => distances[i] / dimension,
                    _ => distances[i],
                };
                var kept = Math.Max(1 - ratio * square, Least);
                (distance, logKept) = (distance + square / kept, logKept + Math.Log(kept));
            }
            // One variance for all D values counts D times.
            var multiplicity = form == CovarianceForm.Spherical ? dimension : 1;
            var determinant = Math.Log(growth) * dimension + logKept * multiplicity + logDeterminant;
            shares[i] = Math.Log(left / (shares.Length - 1))
                - 0.5 * (distance * multiplicity * growth + determinant + dimension * Math.Log(2 * Math.PI));
        }
    }

    private torch.Tensor Root(int component) => torch.tensor(roots[component], device: torch.CPU).reshape(Dimension, Dimension);

    private double LogDeterminant(int component)
    {
        var (root, step, sum) = (roots[component], HasAxes ? 1 : Dimension + 1, 0.0);
        for (var at = 0; at < root.Length; at += step)
            sum += Math.Log(root[at]);
        return 2 * sum;
    }
}
