using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// A linear VAE in Core's parts, and the exact model behind it: its bound is log p(x) exactly when V = M⁻¹Wᵀ and diag d = σ²M⁻¹,
/// which a diagonal encoder can reach when WᵀW is diagonal. So training ends at the maximum of probabilistic PCA with R = I.
/// </summary>
public static class LinearVae
{
    /// <summary>A linear VAE with small random weights, the data's mean, and unit variances, in float64.</summary>
    /// <param name="mean">Where μ of encoder and decoder begins, D values.</param>
    /// <param name="latentSize">q, at least 1.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    public static Vae Create(Vector<double> mean, int latentSize, int seed)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        var weights = Matrix<double>.Build.Random(
            mean.Count, latentSize, new MathNet.Numerics.Distributions.Normal(0, 0.1, new Random(seed)));
        return Assemble(weights, mean, 1, weights.Transpose(), Vector<double>.Build.Dense(latentSize, 1));
    }

    /// <summary>
    /// The linear VAE whose posterior is that of a probabilistic PCA with orthogonal columns, such as its closed-form maximum.
    /// </summary>
    /// <param name="model">The exact model.</param>
    /// <exception cref="ArgumentException">WᵀW is not diagonal, so that no diagonal posterior is exact.</exception>
    public static Vae FromExact(ProbabilisticPca model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var covariance = model.PosteriorCovariance;
        var diagonal = covariance.Diagonal();
        if (Rows.FrobeniusNorm(covariance - Matrix<double>.Build.DenseOfDiagonalVector(diagonal)) > 1e-8 * diagonal.L2Norm())
            throw new ArgumentException("the columns of W are not orthogonal, so the exact posterior is not diagonal", nameof(model));
        return Assemble(model.Weights, model.MeanVector, model.NoiseVariance, model.PosteriorWeights, diagonal);
    }

    /// <summary>The exact model that a linear VAE's decoder states.</summary>
    /// <param name="vae">A VAE with a <see cref="LinearGaussianDecoder"/> and a standard normal prior.</param>
    /// <exception cref="ArgumentException">It has another decoder or prior.</exception>
    public static ProbabilisticPca ToExact(Vae vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        if (vae.Decoder is not LinearGaussianDecoder decoder || vae.Prior is not StandardNormalPrior)
            throw new ArgumentException($"the VAE has a {vae.Decoder.GetName()} and a {vae.Prior.GetName()}; a linear VAE has "
                + "a LinearGaussianDecoder and a StandardNormalPrior", nameof(vae));
        return new(
            Rows.Vector(decoder.get_parameter("mean")!),
            Rows.Matrix(decoder.get_parameter("weights")!),
            Math.Exp(Rows.Values(decoder.get_parameter("log_variance")!)[0]));
    }

    /// <summary>
    /// The mean evidence lower bound over data, in closed form, nats:
    /// −½ [D ln 2πσ² + (tr S − 2 tr(WVS) + tr(WVSVᵀWᵀ) + tr(W diag(d) Wᵀ))/σ²] − ½ [Σ d + tr(VSVᵀ) − q − Σ ln
    /// d].
    /// </summary>
    /// <param name="model">The decoder's model, W, μ and σ².</param>
    /// <param name="encoderWeights">V, q × D; the encoder's mean is V (x − μ).</param>
    /// <param name="variances">d, q values above 0.</param>
    /// <param name="data">Mean and covariance of the data, divisor n.</param>
    public static double ExpectedElbo(ProbabilisticPca model, Matrix<double> encoderWeights, Vector<double> variances, SecondMoments data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(encoderWeights);
        ArgumentNullException.ThrowIfNull(variances);
        ArgumentNullException.ThrowIfNull(data);
        var shift = data.Mean - model.MeanVector;
        var scatter = data.Covariance + shift.OuterProduct(shift);
        var latent = encoderWeights * scatter * encoderWeights.Transpose();
        var gram = model.Weights.TransposeThisAndMultiply(model.Weights);
        var error = scatter.Trace() - 2 * (encoderWeights * scatter * model.Weights).Trace()
            + (gram * latent).Trace() + gram.Diagonal() * variances;
        var reconstruction = model.Dimension * Math.Log(2 * Math.PI * model.NoiseVariance) + error / model.NoiseVariance;
        return -0.5 * (reconstruction + variances.Sum() + latent.Trace() - model.LatentSize - variances.PointwiseLog().Sum());
    }

    private static Vae Assemble(
        Matrix<double> weights, Vector<double> mean, double noise, Matrix<double> encoderWeights, Vector<double> variances)
        => new Vae(
            new LinearGaussianEncoder(encoderWeights, mean, variances),
            new LinearGaussianDecoder(weights, mean, noise),
            new StandardNormalPrior(weights.ColumnCount)).to(torch.float64);
}
