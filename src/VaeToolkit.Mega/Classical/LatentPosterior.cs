using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Mega;

/// <summary>p(z | x_b) of a linear Gaussian model given some of the values, and log p(x_b).</summary>
internal sealed record LatentPosterior(Vector<double> Mean, Matrix<double> Covariance, double LogEvidence)
{
    internal static LatentPosterior Of(LinearGaussianModel model, IReadOnlyList<int> observed, IReadOnlyList<double> values)
    {
        var precision = Matrix<double>.Build.DenseIdentity(model.LatentSize);
        var projected = Vector<double>.Build.Dense(model.LatentSize);
        var (squares, logNoise) = (0.0, 0.0);
        for (var i = 0; i < observed.Count; i++)
        {
            var (row, noise) = (model.Weights.Row(observed[i]), model.Noise[observed[i]]);
            var centred = values[i] - model.MeanVector[observed[i]];
            precision += row.OuterProduct(row) / noise;
            projected += row * (centred / noise);
            (squares, logNoise) = (squares + centred * centred / noise, logNoise + Math.Log(noise));
        }
        var factor = precision.Cholesky();
        var mean = factor.Solve(projected);
        var logEvidence = -0.5 * (observed.Count * Math.Log(2 * Math.PI) + logNoise + factor.DeterminantLn + squares - projected * mean);
        return new(mean, factor.Solve(Matrix<double>.Build.DenseIdentity(model.LatentSize)), logEvidence);
    }
}
