using TorchSharp;
using VaeToolkit;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace Documentation.Pages;

#region
internal sealed class LaplacePrior : Prior, IDescribedPart
{
    public LaplacePrior(long latents)
        : base(nameof(LaplacePrior))
    {
        LatentSize = latents;
        this.RegisterParameter("log_scale", torch.zeros(latents));
    }

    public override long LatentSize { get; }

    private torch.Tensor LogScale => get_parameter("log_scale")!;

    public override torch.Tensor LogProb(torch.Tensor z)
    {
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        RequireFiniteLatents(z);
        return -(z.abs() * (-LogScale).exp() + LogScale + Math.Log(2)).sum(-1);
    }

    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of draws", nameof(count));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var scale = LogScale.exp();
        var noise = torch.empty([2, count, LatentSize], scale.dtype, scale.device).exponential_(1, NoiseSource.OfThisThread);
        return ((noise[0] - noise[1]) * scale).MoveToOuterDisposeScope();
    }

    // Where there is a closed form: KL(q(z_j|x) ‖ p(z_j)) = E|z_j| / b + log 2b − H(q), [N, Z].
    public override torch.Tensor? AnalyticKlByLatent(Posterior posterior)
    {
        if (posterior is not DiagonalNormal q)
            return null;
        var deviation = q.Variance.sqrt();
        var ratio = q.Mean / deviation;
        var distance = deviation * Math.Sqrt(2 / Math.PI) * (ratio.square() * -0.5).exp() + q.Mean * (ratio * Math.Sqrt(0.5)).erf();
        var entropy = (q.LogVariance + Math.Log(2 * Math.PI * Math.E)) * 0.5;
        return distance * (-LogScale).exp() + LogScale + Math.Log(2) - entropy;
    }

    // For model folders, copies and frozen models.
    public PartDescription Describe() => new PartDescription("laplace-prior").With("latents", LatentSize);

    // For ONNX: a draw, whose random numbers are an input.
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        var noise = graph.Input("noise", [NetworkGraph.Batch, 2 * LatentSize], "exponential numbers of mean 1");
        var (first, second) = noise.Halves(-1);
        return (first - second) * graph.Constant(LogScale).Exp();
    }
}
#endregion

internal static class OwnPriorPage
{
    public static torch.Tensor ByRows(torch.Tensor z, long latentSize, Func<torch.Tensor, torch.Tensor> densityOfRows)
    {
        #region
        var latents = new LatentRows(z, latentSize);                // [N, Z], or [K N, Z] of [K, N, Z]
        return latents.Restore(densityOfRows(latents.Rows));        // a number for each row, as [N] or [K, N]
        #endregion
    }

    public static TrainingResult Train()
    {
        #region
        using var seed = SeedScope.Begin(1);
        using var digits = ImageData.SyntheticDigits(1000, 200, seed: 1);
        using var vae = new Vae(
            new MlpEncoder(784, 10, [128]), new MlpDecoder(10, [128], ObservationModel.Bernoulli(784)), new LaplacePrior(10));
        var result = Trainer.Fit(vae, new Elbo(), digits, digits.Test, new() { Epochs = 5, BatchSize = 50 });
        Console.WriteLine(result);
        Console.WriteLine($"mean scale {vae.Prior.get_parameter("log_scale")!.exp().mean().ToDouble():F3}");
        #endregion
        return result;
    }

    public static void Register()
    {
        #region
        ModelParts.Register("laplace-prior", options => new LaplacePrior(options.WholeNumber("latents")));
        #endregion
    }
}

#region
public sealed class LaplacePriorTests
{
    [Fact]
    public void Its_density_integrates_to_one()
    {
        using var scope = torch.NewDisposeScope();
        using var prior = Of(scale: 1.5, latents: 1);
        var grid = torch.linspace(-60, 60, 120_001, torch.float64).unsqueeze(-1);
        Assert.Equal(1, prior.LogProb(grid).exp().sum().ToDouble() * 0.001, 1e-6);
    }

    [Fact]
    public void K_draws_of_N_items_have_K_by_N_densities()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var prior = Of(scale: 1.5, latents: 3);
        var z = torch.randn([4L, 5L, 3L], torch.float64);
        Assert.Equal([4, 5], prior.LogProb(z).shape);
        Assert.True(torch.allclose(prior.LogProb(z)[2], prior.LogProb(z[2])));
    }

    [Fact]
    public void Its_draws_have_its_scale()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var prior = Of(scale: 1.5, latents: 1);
        // |z| has mean and standard deviation b: four standard errors.
        Assert.Equal(1.5, prior.Sample(10_000).abs().mean().ToDouble(), 4 * 1.5 / 100);
    }

    [Fact]
    public void The_closed_form_is_what_samples_tend_to()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var prior = Of(scale: 1.5, latents: 3);
        var posterior = new DiagonalNormal(torch.randn([5L, 3L], torch.float64), torch.randn([5L, 3L], torch.float64));
        var (z, logPosterior) = posterior.RSampleAndLogProb(samples: 20_000);
        var sampled = logPosterior - prior.LogProb(z);
        var error = (sampled.mean([0L]) - prior.AnalyticKl(posterior)!).abs() / (sampled.std(0) / Math.Sqrt(20_000));
        Assert.True(error.max().ToDouble() < 4);
    }

    [Fact]
    public void Its_scale_learns_from_latent_vectors_and_rests_at_their_mean_distance()
    {
        using var scope = torch.NewDisposeScope();
        var z = torch.tensor([0.5, -1.5, 4.0], torch.float64).unsqueeze(-1);
        using var prior = Of(scale: 2, latents: 1);
        prior.LogProb(z).mean().backward();
        Assert.Equal(0, prior.get_parameter("log_scale")!.grad!.ToDouble(), 1e-12);
        using var wide = Of(scale: 4, latents: 1);
        wide.LogProb(z).mean().backward();
        Assert.Equal(-0.5, wide.get_parameter("log_scale")!.grad!.ToDouble(), 1e-12);
    }

    private static LaplacePrior Of(double scale, long latents)
    {
        var prior = new LaplacePrior(latents);
        prior.to(torch.float64);
        using var noGradient = torch.no_grad();
        prior.get_parameter("log_scale")!.fill_(Math.Log(scale));
        return prior;
    }
}
#endregion
