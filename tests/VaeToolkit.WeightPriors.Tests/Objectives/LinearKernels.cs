using TorchSharp;

namespace VaeToolkit.WeightPriors.Tests.Objectives;

/// <summary>
/// The linear-Gaussian kernel VAE of the specification's oracle, in float64: p(w|z) = N(A z + m, 0.09 I), so p(w), the true posterior and
/// all divergences are known.
/// </summary>
internal static class LinearKernels
{
    public const double Variance = 0.09;

    public static readonly double[] Mean = [0.3, -0.2, 0.1, 0.4];
    public static readonly double[] Spread = [0.02, 0.05, 0.01, 0.03];

    private static torch.Tensor A => torch.tensor(new[] { 0.6, -0.2, 0.1, 0.5, -0.4, 0.3, 0.2, 0.2 }).reshape(4, 2);

    private static torch.Tensor Offset => torch.tensor(new[] { 0.1, -0.1, 0, 0.2 });

    /// <summary>V = (I + AᵀA/s²)⁻¹.</summary>
    public static torch.Tensor TrueCovariance
    {
        get
        {
            var p = (torch.eye(2, dtype: torch.float64) + A.t().mm(A) / Variance).Values();
            var determinant = p[0] * p[3] - p[1] * p[2];
            return torch.tensor(new[] { p[3] / determinant, -p[1] / determinant, -p[2] / determinant, p[0] / determinant }).reshape(2, 2);
        }
    }

    /// <summary>
    /// The kernel VAE with a reverse model: mean V Aᵀ(w − m)/s² + shift, and a covariance; kernels are in units of the scale.
    /// </summary>
    public static Vae Vae(
        torch.Tensor covariance, double[]? shift = null, bool looksAtKernel = true, double scale = 1, torch.Tensor? noise = null)
        => new(new Reverse(covariance, torch.tensor(shift ?? [0.0, 0]), looksAtKernel, scale, noise),
            new Forward(scale), new StandardNormalPrior(2));

    private sealed class Reverse(torch.Tensor covariance, torch.Tensor shift, bool looks, double scale, torch.Tensor? noise)
        : Encoder("reverse")
    {
        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input)
        {
            var mean = (input * scale - Offset).mm(A).mm(TrueCovariance) / Variance + shift;
            return new Correlated(looks ? mean : mean * 0, covariance, noise);
        }
    }

    private sealed class Forward(double scale) : Decoder("forward")
    {
        public override long LatentSize => 2;

        public override IReadOnlyList<long> ItemShape => [4];

        public override Likelihood forward(torch.Tensor input)
        {
            var mean = (torch.einsum("...z,dz->...d", input, A) + Offset) / scale;
            return new GaussianLikelihood(mean, torch.full_like(mean, Math.Log(Variance / (scale * scale))));
        }
    }

    /// <summary>A normal with one full covariance, from noise that is given or drawn.</summary>
    private sealed class Correlated(torch.Tensor mean, torch.Tensor covariance, torch.Tensor? noise) : Posterior
    {
        private readonly double[] _v = covariance.Values();

        public override long BatchSize => mean.shape[0];

        public override long LatentSize => 2;

        public override torch.Tensor Mean => mean;

        public override torch.Tensor Variance => covariance.diag().expand_as(mean);

        private torch.Tensor Factor
        {
            get
            {
                var a = Math.Sqrt(_v[0]);
                return torch.tensor(new[] { a, 0, _v[1] / a, Math.Sqrt(_v[3] - _v[1] * _v[1] / _v[0]) }).reshape(2, 2);
            }
        }

        public override torch.Tensor RSample(int samples = 1)
        {
            var e = noise?.unsqueeze(0) ?? torch.randn([samples, BatchSize, 2L], dtype: torch.float64);
            return mean + torch.einsum("knj,ij->kni", e, Factor);
        }

        public override torch.Tensor LogProb(torch.Tensor z)
        {
            var determinant = _v[0] * _v[3] - _v[1] * _v[2];
            var inverse = torch.tensor(new[] { _v[3], -_v[1], -_v[2], _v[0] }).reshape(2, 2) / determinant;
            var distance = z - mean;
            return torch.einsum("kni,ij,knj->kn", distance, inverse, distance) * -0.5 - Math.Log(2 * Math.PI) - 0.5 * Math.Log(determinant);
        }

        public override torch.Tensor Entropy() => throw new NotSupportedException();
    }
}
