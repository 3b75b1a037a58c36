using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Tests.Models;

/// <summary>
/// A model whose evidence is known: z ~ N(0, I), x|z ~ N(Wz, σ²I), so x ~ N(0, WWᵀ + σ²I), and with orthogonal columns of W the exact
/// posterior is diagonal: precision 1 + |w_j|²/σ², mean w_jᵀx / (σ² precision). The encoder may be made wrong on purpose.
/// </summary>
internal static class LinearGaussian
{
    public const double Variance = 0.4;

    // The columns are orthogonal.
    private static readonly double[,] s_weights = { { 1.0, 0.5 }, { 0.5, -1.0 }, { -0.7, 0.0 }, { 0.0, 0.3 } };

    public static Vae Model(double meanShift = 0, double logVarianceShift = 0)
        => new Vae(new ExactEncoder(meanShift, logVarianceShift), new LinearDecoder(), new StandardNormalPrior(2)).to(torch.float64);

    public static torch.Tensor Weights() => torch.tensor(s_weights);

    /// <summary>log N(x; 0, WWᵀ + σ²I) of every row.</summary>
    public static double[] LogEvidence(torch.Tensor x)
    {
        var w = Matrix<double>.Build.DenseOfArray(s_weights);
        var covariance = w * w.Transpose() + Matrix<double>.Build.DenseIdentity(4) * Variance;
        var factor = covariance.Cholesky();
        return [.. x.Values().Chunk(4).Select(row =>
        {
            var vector = Vector<double>.Build.Dense(row);
            return -0.5 * (vector * factor.Solve(vector) + factor.DeterminantLn + 4 * Math.Log(2 * Math.PI));
        })];
    }

    private sealed class ExactEncoder(double meanShift, double logVarianceShift) : Encoder(nameof(ExactEncoder))
    {
        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input)
        {
            var weights = Weights();
            var precision = weights.square().sum(dim: 0) / Variance + 1;
            var mean = input.mm(weights) / (precision * Variance) + meanShift;
            return new DiagonalNormal(mean, (-precision.log() + logVarianceShift).expand_as(mean));
        }
    }

    private sealed class LinearDecoder() : Decoder(nameof(LinearDecoder))
    {
        public override long LatentSize => 2;

        public override IReadOnlyList<long> ItemShape => [4];

        public override Likelihood forward(torch.Tensor input)
            => new GaussianLikelihood(torch.einsum("...j,ij->...i", input, Weights()), Variance);
    }
}
