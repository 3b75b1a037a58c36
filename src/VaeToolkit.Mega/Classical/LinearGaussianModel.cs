using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// x = W z + μ + e with z ~ N(0, I_q) and e ~ N(0, Ψ), Ψ diagonal: what probabilistic PCA and factor analysis share. With
/// M = I + WᵀΨ⁻¹W, ln|C| = ln|M| + Σ ln ψ and C⁻¹ = Ψ⁻¹ − Ψ⁻¹W M⁻¹ WᵀΨ⁻¹, so no D × D matrix is inverted.
/// </summary>
public abstract class LinearGaussianModel : ClassicalModel
{
    // The least number with all its digits: below, 1 over it would be infinite.
    private const double LeastNoise = 2.2250738585072014E-308;

    private readonly Matrix<double> _scaled;
    private readonly Cholesky<double> _precision;

    private protected LinearGaussianModel(Vector<double> mean, Matrix<double> weights, Vector<double> noise)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(noise);
        if (weights.RowCount != mean.Count || noise.Count != mean.Count)
            throw new ArgumentException($"weights have {weights.RowCount} rows, the noise {noise.Count} values; both must be "
                + $"{mean.Count}, as the mean", nameof(weights));
        var bad = noise.ToArray().AsSpan().IndexOfAnyExceptInRange(LeastNoise, double.MaxValue);
        if (bad >= 0)
            throw new ArgumentException(
                Rows.Text($"noise variance {bad} is {noise[bad]}; it must be a finite number of at least {LeastNoise:G17}"), nameof(noise));
        (MeanVector, Weights, Noise) = (mean, weights, noise);
        _scaled = Matrix<double>.Build.Dense(weights.RowCount, weights.ColumnCount, (i, j) => weights[i, j] / noise[i]);
        _precision = (Matrix<double>.Build.DenseIdentity(weights.ColumnCount) + weights.TransposeThisAndMultiply(_scaled)).Cholesky();
    }

    /// <summary>μ, D values.</summary>
    public Vector<double> MeanVector { get; }

    /// <summary>W, D × q.</summary>
    public Matrix<double> Weights { get; }

    /// <summary>The diagonal of Ψ, D values.</summary>
    public Vector<double> Noise { get; }

    /// <summary>Number of latent features q.</summary>
    public int LatentSize => Weights.ColumnCount;

    /// <inheritdoc/>
    public override int Dimension => MeanVector.Count;

    /// <summary>μ and C = W Wᵀ + Ψ.</summary>
    public override SecondMoments ExactMoments
        => new(MeanVector, Weights.TransposeAndMultiply(Weights) + Matrix<double>.Build.DenseOfDiagonalVector(Noise));

    /// <summary>Cov[z|x] = M⁻¹, q × q, the same for every x.</summary>
    public Matrix<double> PosteriorCovariance => _precision.Solve(Matrix<double>.Build.DenseIdentity(LatentSize));

    /// <summary>q × D: E[z|x] = V (x − μ) with V = M⁻¹WᵀΨ⁻¹.</summary>
    public Matrix<double> PosteriorWeights => _precision.Solve(_scaled.Transpose());

    /// <summary>E[z|x] of every row, <c>[N, q]</c>, float64, of the caller's dispose scope.</summary>
    /// <param name="x">Rows <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">Another D, or NaN or infinity: the message names the row.</exception>
    public torch.Tensor PosteriorMean(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        return (Rows.Checked(x, Dimension, nameof(x)) - Rows.Tensor(MeanVector))
            .mm(Rows.Tensor(PosteriorWeights).t()).MoveToOuterDisposeScope();
    }

    /// <summary>Mean log-likelihood of data of which only the moments are given, with divisor n.</summary>
    /// <param name="data">Their mean and covariance.</param>
    public double MeanLogLikelihood(SecondMoments data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var shift = data.Mean - MeanVector;
        var scatter = data.Covariance + shift.OuterProduct(shift);
        var quadratic = scatter.Diagonal().PointwiseDivide(Noise).Sum()
            - _precision.Solve(_scaled.TransposeThisAndMultiply(scatter * _scaled)).Trace();
        return -0.5 * (LogNormaliser + quadratic);
    }

    /// <summary>The same where the data's mean is the model's.</summary>
    internal double MeanLogLikelihood(SampleCovariance data)
    {
        var quadratic = data.Diagonal.PointwiseDivide(Noise).Sum()
            - _precision.Solve(_scaled.TransposeThisAndMultiply(data.Times(_scaled))).Trace();
        return -0.5 * (LogNormaliser + quadratic);
    }

    /// <summary>p(x_a | x_b) for the values that are not observed, in ascending order.</summary>
    /// <param name="observed">The indices b, distinct.</param>
    /// <param name="values">x_b, in the same order.</param>
    /// <exception cref="ArgumentException">An index is out of range or comes twice, or there is not one value for each.</exception>
    public SecondMoments Conditional(IReadOnlyList<int> observed, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(values);
        if (observed.Count != values.Count || observed.Distinct().Count() != observed.Count
            || observed.Any(i => i < 0 || i >= Dimension) || observed.Count == Dimension)
            throw new ArgumentException($"observed is [{string.Join(", ", observed)}] with {values.Count} values; it must hold "
                + $"distinct indices below {Dimension}, not all, with a value each", nameof(observed));
        var hidden = Enumerable.Range(0, Dimension).Except(observed).ToArray();
        var posterior = LatentPosterior.Of(this, observed, values);
        var own = Matrix<double>.Build.DenseOfRowVectors(hidden.Select(i => Weights.Row(i)));
        var noise = Matrix<double>.Build.DenseOfDiagonalArray([.. hidden.Select(i => Noise[i])]);
        var mean = Vector<double>.Build.DenseOfEnumerable(hidden.Select(i => MeanVector[i])) + own * posterior.Mean;
        return new(mean, own * posterior.Covariance * own.Transpose() + noise);
    }

    /// <inheritdoc/>
    public override ConditionalMoments Draw(int count)
    {
        Shape.RequirePositive(count, "the number of draws", nameof(count));
        return new IndependentMoments(DrawMeans(count), Rows.Tensor(Noise).unsqueeze(0));
    }

    private protected override torch.Tensor DrawRows(int count)
    {
        var means = DrawMeans(count);
        return means + torch.randn_like(means) * Rows.Tensor(Noise).sqrt();
    }

    private protected override torch.Tensor RowLogProb(torch.Tensor x)
    {
        // As squares of residuals, of which no large ones are taken from each other: far out that leaves nothing, or NaN.
        var centred = x - Rows.Tensor(MeanVector);
        var latent = centred.mm(Rows.Tensor(PosteriorWeights).t());
        var residual = centred - latent.mm(Rows.Tensor(Weights).t());
        var quadratic = (residual.square() / Rows.Tensor(Noise)).sum(dim: 1) + latent.square().sum(dim: 1);
        return (quadratic.nan_to_num(nan: double.PositiveInfinity, posinf: double.PositiveInfinity) + LogNormaliser) * -0.5;
    }

    private protected static void RequireLatentSize(int latentSize, int dimension)
    {
        if (latentSize < 1 || latentSize > dimension - 1)
            throw new ArgumentOutOfRangeException(
                nameof(latentSize), latentSize, $"the latent size q must be between 1 and D − 1 = {dimension - 1}");
    }

    private double LogNormaliser => Dimension * Math.Log(2 * Math.PI) + _precision.DeterminantLn + Noise.PointwiseLog().Sum();

    private torch.Tensor DrawMeans(int count)
        => torch.randn([count, LatentSize], torch.float64, torch.CPU).mm(Rows.Tensor(Weights).t()) + Rows.Tensor(MeanVector);
}
