using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Mega.Moments;

namespace VaeToolkit.Mega.Classical;

/// <summary>Factor analysis: x = W z + μ + e with e ~ N(0, Ψ), a variance for every value.</summary>
public sealed class FactorAnalysis : LinearGaussianModel
{
    // Of the value's own variance: the floor that keeps Ψ invertible, and what counts as having reached it.
    private const double Floor = 1e-12;
    private const double Vanishing = 1e-6;

    /// <summary>A model with given parameters.</summary>
    /// <param name="mean">μ, D values.</param>
    /// <param name="weights">W, D × q.</param>
    /// <param name="noise">The diagonal of Ψ, above 0.</param>
    /// <exception cref="ArgumentException">Sizes disagree, or a number is out of range.</exception>
    public FactorAnalysis(Vector<double> mean, Matrix<double> weights, Vector<double> noise)
        : base(mean, weights, noise)
    {
        var variances = noise + Vector<double>.Build.DenseOfEnumerable(weights.EnumerateRows().Select(row => row * row));
        HeywoodCases = [.. Enumerable.Range(0, noise.Count).Where(j => noise[j] <= Vanishing * variances[j])];
    }

    /// <summary>
    /// Heywood cases: values whose own noise has vanished (below 1e-6 of their variance), so that the maximum lies on the border.
    /// </summary>
    public IReadOnlyList<int> HeywoodCases { get; }

    /// <summary>Dq − q(q − 1)/2 + 2D.</summary>
    public override int ParameterCount => Dimension * LatentSize - LatentSize * (LatentSize - 1) / 2 + 2 * Dimension;

    /// <summary>
    /// The maximum by EM (Rubin &amp; Thayer 1982), accelerated by squared extrapolation (Varadhan &amp; Roland 2008, a vector form of
    /// Aitken's) that is taken only where it does not lower the likelihood, so that it never falls.
    /// </summary>
    /// <param name="data">Rows <c>[N, D]</c>, at least two.</param>
    /// <param name="latentSize">q, at least 1, with ((D − q)² − (D + q))/2 not negative.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Looked at between iterations.</param>
    /// <exception cref="ArgumentException">Fewer than two rows, or NaN or infinity: the message names the row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">q is out of range.</exception>
    /// <exception cref="DegenerateDataException">A column is constant.</exception>
    public static ModelFit<FactorAnalysis> Fit(
        torch.Tensor data, int latentSize, EmOptions? options = null, CancellationToken cancellationToken = default)
    {
        var moments = DataMoments.Of(data).Maximum;
        RequireLatentSize(latentSize, moments.Dimension);
        var freedom = (Math.Pow(moments.Dimension - latentSize, 2) - moments.Dimension - latentSize) / 2;
        if (freedom < 0)
            throw new ArgumentOutOfRangeException(nameof(latentSize), latentSize,
                Rows.Text($"with D = {moments.Dimension} the degrees of freedom are {freedom}; choose fewer factors"));
        var constant = moments.Covariance.Diagonal().ToArray().AsSpan().IndexOf(0.0);
        if (constant >= 0)
            throw new DegenerateDataException($"column {constant} is constant; leave it out");
        options = (options ?? new()).Validated();
        var start = Start(moments, latentSize);
        return options.Run(start, start.MeanLogLikelihood(moments), model => Accelerated(model, moments), cancellationToken);
    }

    private static FactorAnalysis Start(SecondMoments data, int latentSize)
    {
        // Principal axes of the correlations, with half of every variance left to the noise.
        var deviations = data.Covariance.Diagonal().PointwiseSqrt();
        var scale = Matrix<double>.Build.DenseOfDiagonalVector(1 / deviations);
        var leading = LeadingEigenpairs.Of(scale * data.Covariance * scale, latentSize);
        var columns = leading.Values.Select((value, j) => leading.Vectors.Column(j).PointwiseMultiply(deviations) * Math.Sqrt(value / 2));
        return new(data.Mean, Matrix<double>.Build.DenseOfColumnVectors(columns), data.Covariance.Diagonal() / 2);
    }

    private static (FactorAnalysis, double) Accelerated(FactorAnalysis model, SecondMoments data)
    {
        var first = Next(model, data);
        var second = Next(first, data);
        var plain = (Model: second, LogLikelihood: second.MeanLogLikelihood(data));
        var step = first.Packed() - model.Packed();
        var curvature = second.Packed() - first.Packed() - step;
        var length = curvature.L2Norm() > 0 ? Math.Max(1, step.L2Norm() / curvature.L2Norm()) : 1;
        var leap = model.Packed() + step * (2 * length) + curvature * (length * length);
        if (leap.Any(value => !double.IsFinite(value)))
            return plain;
        var settled = Next(model.Unpacked(leap, data), data);
        var logLikelihood = settled.MeanLogLikelihood(data);
        return logLikelihood > plain.LogLikelihood ? (settled, logLikelihood) : plain;
    }

    private static FactorAnalysis Next(FactorAnalysis model, SecondMoments data)
    {
        var posterior = model.PosteriorWeights;
        var image = data.Covariance * posterior.Transpose();
        var second = model.PosteriorCovariance + posterior * image;
        var weights = image * second.Inverse();
        var explained = weights.PointwiseMultiply(image).RowSums();
        return new(data.Mean, weights, Floored(data.Covariance.Diagonal() - explained, data));
    }

    private static Vector<double> Floored(Vector<double> noise, SecondMoments data)
        => noise.PointwiseMaximum(data.Covariance.Diagonal() * Floor);

    // The noise in logarithms, where extrapolation cannot make it negative.
    private Vector<double> Packed() => Vector<double>.Build.DenseOfEnumerable(Weights.ToColumnMajorArray().Concat(Noise.PointwiseLog()));

    private FactorAnalysis Unpacked(Vector<double> packed, SecondMoments data)
    {
        var count = Dimension * LatentSize;
        var weights = Matrix<double>.Build.DenseOfColumnMajor(Dimension, LatentSize, packed.Take(count));
        // A leap may go far beyond the data's own variance.
        var noise = packed.SubVector(count, Dimension).PointwiseExp().PointwiseMinimum(data.Covariance.Diagonal());
        return new(MeanVector, weights, Floored(noise, data));
    }
}
