using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace Documentation.Pages;

#region
internal sealed class PoissonCounts : FactorisedLikelihood
{
    private readonly torch.Tensor _logRate;

    public PoissonCounts(torch.Tensor logRate, int itemRank = 1)
        : base(logRate, itemRank) => _logRate = logRate;

    public override torch.Tensor Mean => _logRate.exp();

    public override torch.Tensor Variance => _logRate.exp();

    // Items [N, D] and parameters [N, D] or [K, N, D] to [N] or [K, N].
    protected override torch.Tensor FlatLogProb(torch.Tensor x)
    {
        var flat = Flatten(_logRate);
        return ItemSum.Of(x * flat - flat.exp() - (x + 1).lgamma());
    }

    public override torch.Tensor Sample()
    {
        using var noGradient = torch.no_grad();
        return torch.poisson(_logRate.exp(), NoiseSource.OfThisThread);
    }

    protected override string? ExplainFiniteOutsideSupport(torch.Tensor x)
        => (x.lt(0) | x.ne(x.round())).any().ToBoolean() ? "counts are whole numbers from 0" : null;
}
#endregion

#region
internal sealed class PoissonObservations(params IReadOnlyList<long> itemShape) : ObservationModel("Poisson", itemShape), IDescribedPart
{
    private const double Largest = 10;                          // a rate of 22,026; above it the first steps might overflow

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new PoissonCounts(input.clamp_max(Largest), ItemShape.Count);

    public PartDescription Describe() => new PartDescription("poisson-counts").With("item_shape", ItemShape);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue raw)
    {
        var logRate = raw.Minimum(Largest);
        return new(logRate.Exp(), OfValues("log_rate", logRate, "logarithm of the expected count"));
    }
}
#endregion

#region
internal sealed class NormalisedDecoder : Decoder, IDescribedPart
{
    private readonly Sequential _layers;
    private readonly ObservationModel _observations;
    private readonly long[] _rawShape;

    public NormalisedDecoder(long latents, ObservationModel observations)
        : base(nameof(NormalisedDecoder))
    {
        (LatentSize, _observations) = (latents, observations);
        _rawShape = [observations.ItemShape[0] * observations.ParametersPerValue, .. observations.ItemShape.Skip(1)];
        _layers = Sequential(
            ("widen", Linear(latents, 32)), ("normalise", LayerNorm(32)), ("act", Tanh()), ("raw", Linear(32, Shape.Size(_rawShape))));
        register_module("layers", _layers);
        register_module("observations", observations);
    }

    public override long LatentSize { get; }

    public override IReadOnlyList<long> ItemShape => _observations.ItemShape;

    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));                          // [N, Z] or [K, N, Z]
        var raw = batch.Restore(_layers.forward(batch.Rows), _rawShape);                        // [N, *raw] or [K, N, *raw]
        return _observations.forward(raw);
    }

    public PartDescription Describe()
        => new PartDescription("normalised-decoder").With("latents", LatentSize).With("observations", _observations);

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
        => _observations.WriteTo(graph, graph.Layer(_layers, z).Reshape([NetworkGraph.Batch, .. _rawShape]));
}
#endregion

internal static class OwnLikelihoodPage
{
    public static TrainingResult Train()
    {
        #region
        using var seed = SeedScope.Begin(1);
        using var rates = (torch.rand(1000, 1) * torch.tensor([1f, 4f, 2f, 8f])).exp().clamp_max(50);
        using var counts = torch.poisson(rates);                                                // [1000, 4]
        using var data = new TensorData(counts);
        using var vae = new Vae(
            new MlpEncoder(4, 2, [32]), new MlpDecoder(2, [32], new PoissonObservations(4)), new StandardNormalPrior(2));
        var result = Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 5, BatchSize = 50 });
        Console.WriteLine(result);
        #endregion
        return result;
    }

    public static void Register()
    {
        #region
        ModelParts.Register("poisson-counts", options => new PoissonObservations(options.WholeNumbers("item_shape")));
        ModelParts.Register("normalised-decoder", options => new NormalisedDecoder(
            options.WholeNumber("latents"), options.Part<ObservationModel>("observations")));
        #endregion
    }
}

#region
public sealed class PoissonCountsTests
{
    [Fact]
    public void Its_probabilities_sum_to_one_and_have_its_mean_and_variance()
    {
        using var scope = torch.NewDisposeScope();
        var counts = torch.arange(100, torch.float64).unsqueeze(-1);
        var likelihood = new PoissonCounts(torch.full([100, 1], Math.Log(3.5), torch.float64));
        var probabilities = likelihood.LogProb(counts).exp().unsqueeze(-1);
        Assert.Equal(1, probabilities.sum().ToDouble(), 1e-12);
        Assert.Equal(likelihood.Mean[0].ToDouble(), (probabilities * counts).sum().ToDouble(), 1e-12);
        Assert.Equal(likelihood.Variance[0].ToDouble(), (probabilities * (counts - 3.5).square()).sum().ToDouble(), 1e-12);
    }

    [Fact]
    public void K_vectors_of_N_items_have_K_by_N_densities()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        using var decoder = new NormalisedDecoder(2, new PoissonObservations(3, 4));
        var (z, items) = (torch.randn(6, 5, 2), torch.poisson(torch.ones(5, 3, 4)));
        Assert.Equal([6, 5, 3, 4], decoder.forward(z).Mean.shape);
        Assert.Equal([6, 5], decoder.forward(z).LogProb(items).shape);
        Assert.True(torch.allclose(
            decoder.forward(z).LogProb(items)[1], decoder.forward(z[1]).LogProb(items.flatten(1)), rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void Its_gradient_is_the_count_less_the_rate()
    {
        using var scope = torch.NewDisposeScope();
        var logRate = torch.tensor([-1.0, 0.2, 1.3], torch.float64).unsqueeze(0).requires_grad_(true);
        var counts = torch.tensor([0.0, 2.0, 7.0], torch.float64).unsqueeze(0);
        new PoissonCounts(logRate).LogProb(counts).sum().backward();
        Assert.True(torch.allclose(logRate.grad!, counts - logRate.exp(), rtol: 1e-12));
    }

    [Fact]
    public void Its_draws_have_its_mean()
    {
        using var seed = SeedScope.Begin(1);
        using var scope = torch.NewDisposeScope();
        var draws = new PoissonCounts(torch.full([10_000, 1], Math.Log(3.5), torch.float64)).Sample();
        Assert.Equal(3.5, draws.mean().ToDouble(), 4 * Math.Sqrt(3.5) / 100);
    }

    [Fact]
    public void What_is_no_count_is_refused_by_item()
    {
        using var scope = torch.NewDisposeScope();
        var likelihood = new PoissonCounts(torch.zeros(2, 1));
        var refusal = Assert.Throws<ArgumentException>(() => likelihood.LogProb(torch.tensor([1f, -1f]).unsqueeze(-1)));
        Assert.Contains("item 1 of x is outside the likelihood's support: counts are whole numbers from 0", refusal.Message);
    }
}
#endregion
