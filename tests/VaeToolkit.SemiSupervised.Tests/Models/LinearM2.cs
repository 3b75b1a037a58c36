using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.SemiSupervised.Tests.Models;

/// <summary>
/// A model whose evidence is known: x = Wz + m_y + e with z ~ N(0, I), e ~ N(0, σ²I) and orthogonal columns of W, so that x|y ~ N(m_y,
/// WWᵀ + σ²I), q(z|x,y) is exact, and p(x) is a mixture of Gaussians.
/// </summary>
internal static class LinearM2
{
    public const double Variance = 0.4;

    private static readonly double[,] s_weights = { { 1.0, 0.5 }, { 0.5, -1.0 }, { -0.7, 0.0 }, { 0.0, 0.3 } };
    private static readonly double[,] s_means = { { 1, 0, 0, 2 }, { -1, 0.5, 1, 0 }, { 0, -2, 0, 0.5 } };

    public static LabelSpace Labels { get; } = new(3);

    public static Matrix<double> Means => Matrix<double>.Build.DenseOfArray(s_means);

    /// <summary>WWᵀ + σ²I.</summary>
    public static Matrix<double> Covariance
    {
        get
        {
            var w = Matrix<double>.Build.DenseOfArray(s_weights);
            return w * w.Transpose() + Matrix<double>.Build.DenseIdentity(4) * Variance;
        }
    }

    public static M2Model Model(torch.nn.Module<torch.Tensor, torch.Tensor>? classifier = null)
    {
        var generative = new ConditionalVae(new ExactEncoder(), new LinearMeanDecoder(), new StandardNormalPrior(2));
        return new M2Model(generative, classifier ?? new ExactClassifier(), Labels).to(torch.float64);
    }

    /// <summary>log ⅓ + log N(x; m_y, WWᵀ + σ²I) of every row and class.</summary>
    public static double[][] LogJoint(torch.Tensor x)
    {
        var factor = Covariance.Cholesky();
        return [.. x.Values().Chunk(4).Select(row => Enumerable.Range(0, 3).Select(y =>
        {
            var difference = Vector<double>.Build.Dense(row) - Means.Row(y);
            return -Math.Log(3) - 0.5 * (difference * factor.Solve(difference) + factor.DeterminantLn + 4 * Math.Log(2 * Math.PI));
        }).ToArray())];
    }

    public static torch.Tensor Weights() => torch.tensor(s_weights);

    private static torch.Tensor MeanTensor() => torch.tensor(s_means);

    private sealed class ExactEncoder() : ConditionalEncoder(nameof(ExactEncoder))
    {
        public override long LatentSize => 2;

        public override long LabelSize => 3;

        public override Posterior forward(torch.Tensor input1, torch.Tensor input2)
        {
            var weights = Weights();
            var precision = weights.square().sum(dim: 0) / Variance + 1;
            var mean = (input1 - input2.mm(MeanTensor())).mm(weights) / (precision * Variance);
            return new DiagonalNormal(mean, (-precision.log()).expand_as(mean));
        }
    }

    private sealed class LinearMeanDecoder() : ConditionalDecoder(nameof(LinearMeanDecoder))
    {
        public override long LatentSize => 2;

        public override long LabelSize => 3;

        public override IReadOnlyList<long> ItemShape => [4];

        public override Likelihood forward(torch.Tensor input1, torch.Tensor input2)
            => new GaussianLikelihood(
                torch.einsum("...j,ij->...i", input1, Weights()) + torch.einsum("...y,yi->...i", input2, MeanTensor()), Variance);
    }

    /// <summary>p(y|x) by Bayes' rule.</summary>
    private sealed class ExactClassifier() : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(ExactClassifier))
    {
        public override torch.Tensor forward(torch.Tensor input)
            => torch.tensor(LogJoint(input).SelectMany(row => row).ToArray(), [input.shape[0], 3L]);
    }
}
