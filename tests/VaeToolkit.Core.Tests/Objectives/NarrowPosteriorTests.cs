using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Objectives;

/// <summary>Gradients of importance-weighted bounds where σ² is less than the type has, or σ less than μ's rounding.</summary>
public sealed class NarrowPosteriorTests : IDisposable
{
    private const double Mean = 0.75;
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<torch.ScalarType, double> Widths => new()
    {
        { torch.float32, -4 }, { torch.float32, -30 }, { torch.float32, -88 }, { torch.float32, -100 }, { torch.float32, -150 },
        { torch.float64, -30 }, { torch.float64, -100 }, { torch.float64, -800 }, { torch.float64, -1300 },
    };

    public void Dispose() => _scope.Dispose();

    // With one sample, items that do not depend on z, a prior N(0, 1) and q cut from the gradient the loss is
    // ½ z² − ½ ((z − μ₀) / σ₀)² at z = μ + σε, of which ∂/∂μ = z − ε / σ and
    // ∂/∂log σ² = ½ σε z − ½ ε². What ε is, the reported divergence says:
    // log q(z) − log p(z) = ½ (z² − ε² − log σ²).
    [Theory]
    [MemberData(nameof(Widths))]
    public void Path_gradients_are_those_of_the_noise(torch.ScalarType type, double logVariance)
    {
        var deviation = Math.Exp(logVariance / 2);
        var precision = type == torch.float32 ? 1e-3 : 1e-8;
        foreach (var estimator in new[] { GradientEstimator.DoublyReparameterised, GradientEstimator.StickingTheLanding })
        {
            foreach (var (chunk, inStep) in new (int?, bool)[] { (null, false), (1, false), (null, true), (1, true) })
            {
                var options = new IwaeOptions { Estimator = estimator, ChunkSize = chunk };
                var (byMean, byLogVariance, kl) = Gradients(type, logVariance, options, inStep);
                var noise = Noise(kl, logVariance, byMean);
                var z = Mean + deviation * noise;
                byMean.Should().BeApproximately(z - noise / deviation, precision * Math.Abs(noise / deviation));
                byLogVariance.Should().BeApproximately(0.5 * deviation * noise * z - 0.5 * noise * noise, precision);
            }
        }
    }

    // With q not cut its parameters' gradient takes away the path's: ∂/∂μ = z and ∂/∂log σ² = ½ σε z − ½.
    [Theory]
    [MemberData(nameof(Widths))]
    public void Standard_gradients_of_chunks_are_those_of_one_pass(torch.ScalarType type, double logVariance)
    {
        foreach (var chunk in new int?[] { null, 1 })
        {
            var (byMean, byLogVariance, _) = Gradients(type, logVariance, new() { ChunkSize = chunk }, inStep: false);
            var deviation = Math.Exp(logVariance / 2);
            byMean.Should().BeApproximately(Mean, 1e-5 + 5 * deviation);
            byLogVariance.Should().BeApproximately(-0.5, 1e-5 + 5 * deviation);
        }
    }

    [Fact]
    public void Of_many_samples_all_gradients_are_numbers_and_none_is_lost_to_rounding()
    {
        // 1 / σ is e^44 and e^60.
        foreach (var logVariance in new[] { -88.0, -120 })
        {
            foreach (var options in new IwaeOptions[]
                     {
                         new() { Estimator = GradientEstimator.DoublyReparameterised },
                         new() { Estimator = GradientEstimator.DoublyReparameterised, ChunkSize = 2, Groups = 2, ElboShare = 0.2 },
                         new() { Estimator = GradientEstimator.StickingTheLanding, RenyiOrder = 0.3 },
                     })
            {
                using var vae = Model(torch.float32, logVariance);
                using var seed = SeedScope.Begin(4);
                using var batch = new Batch(torch.ones(1, 3));
                new Iwae(5, options).Compute(vae, batch).Loss.backward();
                var slope = vae.get_parameter("encoder.mean")!.grad!.ToDouble();
                double.IsFinite(slope).Should().BeTrue();
                (Math.Abs(slope) * Math.Exp(logVariance / 2)).Should().BeInRange(1e-3, 10);
                vae.get_parameter("encoder.log_variance")!.grad!.ToDouble().Should().BeInRange(-10, 0);
            }
        }
    }

    // ε from ½ (z² − ε² − log σ²) = kl with z = μ + σε: of the two roots the one whose gradient by μ is as it was.
    private static double Noise(double kl, double logVariance, double byMean)
    {
        var deviation = Math.Exp(logVariance / 2);
        var (a, b, c) = (deviation * deviation - 1, 2 * Mean * deviation, Mean * Mean - logVariance - 2 * kl);
        var root = Math.Sqrt(b * b - 4 * a * c);
        double[] noises = [(-b + root) / (2 * a), (-b - root) / (2 * a)];
        return noises.MinBy(noise => Math.Abs(Mean + deviation * noise - noise / deviation - byMean));
    }

    private static (double ByMean, double ByLogVariance, double Kl) Gradients(
        torch.ScalarType type, double logVariance, IwaeOptions options, bool inStep)
    {
        using var vae = Model(type, logVariance);
        using var seed = SeedScope.Begin(3);
        using var batch = new Batch(torch.ones([1, 3], type));
        using IDisposable? step = inStep ? TrainingStep.Begin(batch) : null;
        var result = new Iwae(1, options).Compute(vae, batch);
        result.Loss.backward();
        return (vae.get_parameter("encoder.mean")!.grad!.ToDouble(), vae.get_parameter("encoder.log_variance")!.grad!.ToDouble(),
            result.Terms.Single(term => term.Name == "kl_sampled").Read());
    }

    private static Vae Model(torch.ScalarType type, double logVariance)
    {
        var vae = new Vae(new Given(logVariance), new MlpDecoder(1, [2], ObservationModel.Bernoulli(3)), new StandardNormalPrior(1));
        using (torch.no_grad())
        {
            foreach (var parameter in vae.Decoder.parameters())
                parameter.zero_();
        }
        vae.to(type);
        return vae;
    }

    private sealed class Given : Encoder
    {
        public Given(double logVariance)
            : base(nameof(Given))
        {
            this.RegisterParameter("mean", torch.tensor(Mean, torch.float64));
            this.RegisterParameter("log_variance", torch.tensor(logVariance, torch.float64));
        }

        public override long LatentSize => 1;

        public override Posterior forward(torch.Tensor input) => new DiagonalNormal(
            get_parameter("mean")!.expand(input.shape[0], 1), get_parameter("log_variance")!.expand(input.shape[0], 1));
    }
}
