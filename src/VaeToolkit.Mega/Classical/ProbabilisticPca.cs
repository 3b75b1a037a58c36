using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>Probabilistic PCA (Tipping &amp; Bishop 1999): x = W z + μ + e with e ~ N(0, σ² I).</summary>
public sealed class ProbabilisticPca : LinearGaussianModel
{
    // Of the trace of the covariance: below it is what rounding leaves.
    private const double VanishingNoise = 1e-13;

    /// <summary>A model with given parameters.</summary>
    /// <param name="mean">μ, D values.</param>
    /// <param name="weights">W, D × q with 1 ≤ q ≤ D − 1.</param>
    /// <param name="noiseVariance">σ², above 0.</param>
    /// <exception cref="ArgumentException">Sizes disagree, or a number is out of range.</exception>
    public ProbabilisticPca(Vector<double> mean, Matrix<double> weights, double noiseVariance)
        : base(mean, weights, SameNoise(mean, noiseVariance))
    {
        RequireLatentSize(weights.ColumnCount, mean.Count);
        NoiseVariance = noiseVariance;
    }

    /// <summary>σ².</summary>
    public double NoiseVariance { get; }

    /// <summary>Dq − q(q − 1)/2 + 1 + D.</summary>
    public override int ParameterCount => Dimension * LatentSize - LatentSize * (LatentSize - 1) / 2 + 1 + Dimension;

    /// <summary>The maximum of the likelihood in closed form.</summary>
    /// <param name="data">Rows <c>[N, D]</c>, at least two.</param>
    /// <param name="latentSize">q, from 1 to D − 1.</param>
    /// <exception cref="ArgumentException">Fewer than two rows, or NaN or infinity: the message names the row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">q is out of range.</exception>
    /// <exception cref="DegenerateDataException">The rows leave no variance for the noise, or none for a component.</exception>
    public static ProbabilisticPca Fit(torch.Tensor data, int latentSize) => Fit(DataMoments.Of(data), latentSize);

    /// <summary>
    /// The maximum in closed form from the data's moments: σ² is the mean of the eigenvalues beyond the q-th, W = U (Λ − σ² I)^½
    /// with no rotation, each column's largest entry positive.
    /// </summary>
    /// <param name="data">The data's moments.</param>
    /// <param name="latentSize">q, from 1 to D − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">q is out of range.</exception>
    /// <exception cref="DegenerateDataException">The rows leave no variance for the noise, or none for a component.</exception>
    public static ProbabilisticPca Fit(DataMoments data, int latentSize)
    {
        ArgumentNullException.ThrowIfNull(data);
        RequireLatentSize(latentSize, data.Dimension);
        var (mean, covariance) = data.Maximum;
        if (Enumerable.Range(0, data.Dimension).All(j => Rows.IsConstant(covariance[j, j], mean[j])))
            throw new DegenerateDataException("all rows are the same, so there is no variance to explain");
        var leading = LeadingEigenpairs.Of(covariance, latentSize);
        var noise = (covariance.Trace() - leading.Values.Sum()) / (data.Dimension - latentSize);
        if (!IsAbove0(noise, covariance.Trace()) || !(leading.Values[^1] > noise))
        {
            throw new DegenerateDataException(string.Create(CultureInfo.InvariantCulture,
                $"with q = {latentSize} the noise variance is {noise} and the last component's {leading.Values[^1]}; the first "
                + $"must be above 0 and below the second: choose a smaller q"));
        }
        var columns = leading.Values.Select((value, j) => Upright(leading.Vectors.Column(j)) * Math.Sqrt(value - noise));
        return new(mean, Matrix<double>.Build.DenseOfColumnVectors(columns), noise);
    }

    /// <summary>
    /// The maximum by expectation maximisation. Missing values are NaN: the E-step then looks at each row's observed values only, the
    /// M-step sums over observed entries, and the mean is estimated with W.
    /// </summary>
    /// <param name="data">Rows <c>[N, D]</c>, NaN where a value is missing.</param>
    /// <param name="latentSize">q, from 1 to D − 1.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Looked at between iterations.</param>
    /// <exception cref="ArgumentException">Infinity, or a row or column without any value: the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">q is out of range.</exception>
    /// <exception cref="DegenerateDataException">All rows are the same, or q components explain them wholly, so that the noise vanishes:
    /// the likelihood has no maximum.</exception>
    public static ModelFit<ProbabilisticPca> FitEm(
        torch.Tensor data, int latentSize, EmOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var scope = torch.NewDisposeScope();
        var rows = Rows.Checked(data, nameof(data), least: 2, allowMissing: true);
        RequireLatentSize(latentSize, (int)rows.shape[1]);
        options = (options ?? new()).Validated();
        var standard = Standardisation.Of(rows, data.dtype, common: true);
        var (z, start) = (standard.Apply(rows), Start((int)rows.shape[1], latentSize, options.Seed));
        if (rows.isnan().any().ToBoolean())
            return Restored(new MissingValueEm(z).Run(start, options, cancellationToken), standard, rows);
        var covariance = new SampleCovariance(z);
        return Restored(options.Run(start, start.MeanLogLikelihood(covariance), start.Dimension,
            model => Next(model, covariance), cancellationToken), standard, rows);
    }

    /// <summary>q, σ², and every component's variance and share of the whole.</summary>
    public override string ToString()
    {
        double[] variances = [.. Weights.TransposeThisAndMultiply(Weights).Evd(Symmetricity.Symmetric).EigenValues
            .Select(value => value.Real + NoiseVariance).Reverse()];
        var total = variances.Sum() + NoiseVariance * (Dimension - LatentSize);
        var table = TextTable.Of(["component", "variance", "share", "cumulative"], LatentSize, j =>
        [
            TextTable.Number(j + 1), TextTable.Number(variances[j]), TextTable.Number(variances[j] / total),
            TextTable.Number(variances.Take(j + 1).Sum() / total),
        ]);
        return $"{nameof(ProbabilisticPca)}: q = {LatentSize}, D = {Dimension}, noise variance {TextTable.Number(NoiseVariance)}"
            + Environment.NewLine + table;
    }

    /// <summary>The noise variance of an iteration, if it has not vanished beside the variance of the data.</summary>
    /// <exception cref="DegenerateDataException">It has.</exception>
    internal static double RequireNoise(double noise, double total, int latentSize) => IsAbove0(noise, total)
        ? noise
        : throw new DegenerateDataException(string.Create(CultureInfo.InvariantCulture,
            $"with q = {latentSize} the noise variance has fallen to {noise / total:G2} of that of the data: the components "
            + $"explain the rows wholly; choose a smaller q, or take more rows"));

    // For standardised rows: W small and random, σ² the mean variance.
    private static ProbabilisticPca Start(int dimension, int latentSize, int seed)
    {
        var normal = new MathNet.Numerics.Distributions.Normal(0, 0.1, new Random(seed));
        return new(Vector<double>.Build.Dense(dimension), Matrix<double>.Build.Random(dimension, latentSize, normal), 1);
    }

    private static ModelFit<ProbabilisticPca> Restored(EmRun<ProbabilisticPca> run, Standardisation standard, torch.Tensor rows)
    {
        var (scale, model) = (standard.Scale[0], run.State);
        var observed = rows.isnan().logical_not().sum().ToDouble() / rows.shape[0];
        return standard.Fit(
            run, new ProbabilisticPca(
                standard.Location(model.MeanVector), standard.Restore(model.Weights), model.NoiseVariance * scale * scale),
            rows.shape[0], observed * Math.Log(scale));
    }

    private static Vector<double> SameNoise(Vector<double> mean, double variance)
    {
        ArgumentNullException.ThrowIfNull(mean);
        return Vector<double>.Build.Dense(mean.Count, variance);
    }

    private static bool IsAbove0(double noise, double total) => noise > VanishingNoise * total;

    // The E- and M-step in one, from the covariance alone.
    private static (ProbabilisticPca, double) Next(ProbabilisticPca model, SampleCovariance data)
    {
        var (weights, noise) = (model.Weights, model.NoiseVariance);
        var identity = Matrix<double>.Build.DenseIdentity(model.LatentSize);
        var inverse = (weights.TransposeThisAndMultiply(weights) + identity * noise).Inverse();
        var image = data.Times(weights);
        var next = image * (identity * noise + inverse * weights.TransposeThisAndMultiply(image)).Inverse();
        var total = data.Trace;
        var variance = (total - (image * inverse).PointwiseMultiply(next).ColumnSums().Sum()) / model.Dimension;
        var fitted = new ProbabilisticPca(model.MeanVector, next, RequireNoise(variance, total, model.LatentSize));
        return (fitted, fitted.MeanLogLikelihood(data));
    }

    private static Vector<double> Upright(Vector<double> column) => column[column.AbsoluteMaximumIndex()] < 0 ? -column : column;
}
