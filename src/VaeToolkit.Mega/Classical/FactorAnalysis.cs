using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

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
    /// <exception cref="ArgumentException">Fewer than two rows, or NaN or infinity: the message names row and column.</exception>
    /// <exception cref="ArgumentOutOfRangeException">q is out of range.</exception>
    /// <exception cref="DegenerateDataException">A column is constant, or the factors explain the rows wholly (q ≥ N − 1).</exception>
    public static ModelFit<FactorAnalysis> Fit(
        torch.Tensor data, int latentSize, EmOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var rows = Rows.Checked(data, nameof(data), least: 2);
        var (count, dimension) = (rows.shape[0], (int)rows.shape[1]);
        RequireLatentSize(latentSize, dimension);
        var freedom = (Math.Pow(dimension - latentSize, 2) - dimension - latentSize) / 2;
        if (freedom < 0)
            throw new ArgumentOutOfRangeException(nameof(latentSize), latentSize,
                Rows.Text($"with D = {dimension} the degrees of freedom are {freedom}; choose fewer factors"));
        if (latentSize >= count - 1)
            throw new DegenerateDataException(
                $"{latentSize} factor(s) explain {count} rows wholly, so the likelihood has no maximum; "
                + $"take at least {latentSize + 2} rows");
        var standard = Standardisation.Of(rows, data.dtype, common: false);
        if (standard.Constant.Count > 0)
            throw new DegenerateDataException($"column {standard.Constant[0]} is constant; leave it out");
        var covariance = new SampleCovariance(standard.Apply(rows));
        options = (options ?? new()).Validated();
        var start = Start(covariance, latentSize);
        var run = options.Run(
            start, start.MeanLogLikelihood(covariance), dimension, model => Accelerated(model, covariance), cancellationToken);
        var noise = run.State.Noise.PointwiseMultiply(standard.Scale.PointwisePower(2));
        return standard.Fit(
            run, new FactorAnalysis(standard.Centre, standard.Restore(run.State.Weights), noise), count, standard.LogScale);
    }

    /// <summary>q, and every column's loadings on the scale of correlations, with the share of its variance that is noise.</summary>
    public override string ToString()
    {
        var deviations = (Noise + Vector<double>.Build.DenseOfEnumerable(Weights.EnumerateRows().Select(row => row * row))).PointwiseSqrt();
        var table = TextTable.Of(
            ["column", .. Enumerable.Range(1, LatentSize).Select(k => $"factor {k}"), "uniqueness"], Dimension,
            j => [TextTable.Number(j), .. Weights.Row(j).Select(value => TextTable.Number(value / deviations[j])),
                TextTable.Number(Noise[j] / Math.Pow(deviations[j], 2))]);
        return $"{nameof(FactorAnalysis)}: q = {LatentSize}, D = {Dimension}{Environment.NewLine}{table}";
    }

    internal override IEnumerable<string> Findings(long rows)
        => HeywoodCases.Select(
            j => $"the noise of column {j} has vanished (a Heywood case): the maximum is on the border; use fewer factors");

    private static FactorAnalysis Start(SampleCovariance data, int latentSize)
    {
        // Principal axes of the correlations, with half of every variance left to the noise.
        var leading = data.Leading(latentSize);
        var columns = leading.Values.Select((value, j) => leading.Vectors.Column(j) * Math.Sqrt(Math.Max(0, value) / 2));
        return new(
            Vector<double>.Build.Dense(data.Diagonal.Count), Matrix<double>.Build.DenseOfColumnVectors(columns), data.Diagonal / 2);
    }

    private static (FactorAnalysis, double) Accelerated(FactorAnalysis model, SampleCovariance data)
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

    private static FactorAnalysis Next(FactorAnalysis model, SampleCovariance data)
    {
        var posterior = model.PosteriorWeights;
        var image = data.Times(posterior.Transpose());
        var second = model.PosteriorCovariance + posterior * image;
        var weights = image * second.Inverse();
        var explained = weights.PointwiseMultiply(image).RowSums();
        return new(model.MeanVector, weights, Floored(data.Diagonal - explained, data));
    }

    private static Vector<double> Floored(Vector<double> noise, SampleCovariance data)
        => noise.PointwiseMaximum(data.Diagonal * Floor);

    // The noise in logarithms, where extrapolation cannot make it negative.
    private Vector<double> Packed() => Vector<double>.Build.DenseOfEnumerable(Weights.ToColumnMajorArray().Concat(Noise.PointwiseLog()));

    private FactorAnalysis Unpacked(Vector<double> packed, SampleCovariance data)
    {
        var count = Dimension * LatentSize;
        var weights = Matrix<double>.Build.DenseOfColumnMajor(Dimension, LatentSize, packed.Take(count));
        // A leap may go far beyond the data's own variance.
        var noise = packed.SubVector(count, Dimension).PointwiseExp().PointwiseMinimum(data.Diagonal);
        return new(MeanVector, weights, Floored(noise, data));
    }
}
