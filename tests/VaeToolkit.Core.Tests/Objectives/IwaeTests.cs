using TorchSharp;
using VaeToolkit.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Objectives;

public sealed class IwaeTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly Vae _vae = new Vae(
        new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2)).to(torch.float64);
    private readonly Batch _batch = new(torch.rand(4, 6).gt(0.5).to(torch.float64));

    public void Dispose()
    {
        _vae.Dispose();
        _batch.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Bound_with_the_exact_posterior_is_the_evidence_whatever_the_options()
    {
        using var model = LinearGaussian.Model();
        using var batch = new Batch(torch.randn([20L, 4L], dtype: torch.float64));
        var evidence = LinearGaussian.LogEvidence(batch.Items).Average();
        foreach (var options in new IwaeOptions[] { new(), new() { Groups = 3 }, new() { ElboShare = 0.3 }, new() { RenyiOrder = 0.5 },
            new() { ChunkSize = 2, Estimator = GradientEstimator.DoublyReparameterised } })
        {
            var terms = Terms(new Iwae(5, options), model, batch);
            terms["bound"].Should().BeApproximately(evidence, 1e-9);
            terms["effective_samples"].Should().BeApproximately(5 * options.Groups, 1e-9);
            (-terms["reconstruction"] - terms["kl_sampled"]).Should().BeApproximately(evidence, 1e-9);
        }
    }

    [Fact]
    public void Bounds_are_those_of_their_definitions()
    {
        using var seed = SeedScope.Begin(5);
        var logWeights = ImportanceWeights.Draw(_vae, _vae.Encode(_batch.Items), _batch.Items, 6).Log().Values().Chunk(4).ToArray();
        Bound(new(), 6).Should().BeApproximately(Mean(n => Renyi(Column(n), 0)), 1e-12);
        Bound(new() { RenyiOrder = 0.5 }, 6).Should().BeApproximately(Mean(n => Renyi(Column(n), 0.5)), 1e-12);
        Bound(new() { Groups = 2 }, 3)
            .Should().BeApproximately(Mean(n => (Renyi(Column(n)[..3], 0) + Renyi(Column(n)[3..], 0)) / 2), 1e-12);
        Bound(new() { ElboShare = 0.25 }, 6)
            .Should().BeApproximately(Mean(n => 0.25 * Column(n).Average() + 0.75 * Renyi(Column(n), 0)), 1e-12);
        Bound(new() { ElboShare = 1 }, 6).Should().BeApproximately(Mean(n => Column(n).Average()), 1e-12, "it is the ELBO");
        Bound(new() { RenyiOrder = 0.999999 }, 6)
            .Should().BeApproximately(Mean(n => Column(n).Average()), 1e-4, "the order's limit at 1 is the ELBO");

        double[] Column(int item) => [.. logWeights.Select(row => row[item])];
        static double Mean(Func<int, double> value) => Enumerable.Range(0, 4).Average(value);
        static double Renyi(double[] w, double order) => Math.Log(w.Average(v => Math.Exp((1 - order) * v))) / (1 - order);
        double Bound(IwaeOptions options, int samples)
        {
            using var again = SeedScope.Begin(5);
            return Terms(new Iwae(samples, options), _vae, _batch)["bound"];
        }
    }

    [Fact]
    public void Chunks_give_the_gradient_of_one_pass()
    {
        var whole = Gradients(new Iwae(10), 8);
        foreach (var chunk in new[] { 1, 3, 10 })
            Gradients(new Iwae(10, new() { ChunkSize = chunk }), 8).Zip(whole)
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Loss_in_chunks_is_the_negative_bound()
    {
        using var scope = SeedScope.Begin(2);
        var result = new Iwae(10, new() { ChunkSize = 4, Estimator = GradientEstimator.DoublyReparameterised }).Compute(_vae, _batch);
        result.Loss.ToDouble().Should().BeApproximately(-result.Terms.Single(t => t.Name == "bound").Read(), 1e-12);
    }

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(0.3, 0.0)]
    [InlineData(0.0, 0.4)]
    public void Doubly_reparameterised_gradient_agrees_with_the_standard_one_in_expectation(double share, double order)
    {
        const int Draws = 200;
        var standard = Draw(GradientEstimator.Standard);
        var doubly = Draw(GradientEstimator.DoublyReparameterised);
        for (var i = 0; i < standard[0].Length; i++)
        {
            var (a, b) = (standard.Select(g => g[i]).ToArray(), doubly.Select(g => g[i]).ToArray());
            var error = Math.Sqrt((Variance(a) + Variance(b)) / Draws);
            Math.Abs(a.Average() - b.Average())
                .Should().BeLessThan(4.5 * error + 1e-12, "parameter {0}; 4.5 standard errors for each of about a hundred parameters", i);
        }

        double[][] Draw(GradientEstimator estimator) =>
            [.. Enumerable.Range(0, Draws).Select(d => Gradients(new Iwae(3, new()
            {
                Estimator = estimator,
                ElboShare = share,
                RenyiOrder = order,
            }), d + (estimator == GradientEstimator.Standard ? 0 : 100_000)))];
        static double Variance(double[] values)
        {
            var mean = values.Average();
            return values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        }
    }

    [Fact]
    public void Doubly_reparameterised_and_sticking_gradients_of_the_encoder_vanish_at_the_exact_posterior()
    {
        using var model = LinearGaussian.Model();
        using var batch = new Batch(torch.randn([20L, 4L], dtype: torch.float64));
        var mean = torch.zeros([2L], dtype: torch.float64).requires_grad_();
        // The shifted models share their parts with the first one, which disposes them.
        foreach (var (estimator, noise) in new[] { (GradientEstimator.Standard, true), (GradientEstimator.StickingTheLanding, false),
            (GradientEstimator.DoublyReparameterised, false) })
        {
            mean.grad = null!;
            var shifted = new Vae(new ShiftedEncoder(model.Encoder, mean), model.Decoder, model.Prior);
            new Iwae(1, new() { Estimator = estimator }).Compute(shifted, batch).Loss.backward();
            (mean.grad!.abs().sum().ToDouble() > 1e-9).Should().Be(noise, estimator.ToString());
        }
    }

    [Fact]
    public void Without_gradients_too_no_more_than_a_chunk_is_decoded_at_once()
    {
        var decoder = new CountingDecoder(_vae.Decoder);
        using var vae = new Vae(_vae.Encoder, decoder, _vae.Prior);
        var (whole, chunked) = (Value(null), Value(2));
        chunked.Should().BeEquivalentTo(
            whole, options => options.Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-12)).WhenTypeIs<double>());

        Dictionary<string, double> Value(int? chunk)
        {
            using var seed = SeedScope.Begin(6);
            decoder.MostSamples = 0;
            var terms = Terms(new Iwae(5, new() { ChunkSize = chunk, Groups = 2 }), vae, _batch);
            decoder.MostSamples.Should().Be(chunk ?? 10);
            return terms;
        }
    }

    [Fact]
    public void Wrong_options_are_refused()
    {
        FluentActions.Invoking(() => new Iwae(0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*K*");
        FluentActions.Invoking(() => new Iwae(5, new() { Groups = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Iwae(5, new() { ElboShare = 1.1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Iwae(5, new() { RenyiOrder = 1 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new Iwae(5, new() { Estimator = (GradientEstimator)9 })).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Estimator must be one of Standard, StickingTheLanding, DoublyReparameterised*9*");
        FluentActions.Invoking(() => new Elbo(new() { Kl = (KlEstimator)(-1) })).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Kl must be one of ClosedForm, Sampled*-1*");
        FluentActions.Invoking(() => new Iwae(5, new() { ChunkSize = 0 })).Should().Throw<ArgumentOutOfRangeException>();
    }

    private double[] Gradients(Iwae objective, long seed)
    {
        using var scope = torch.NewDisposeScope();
        using var random = SeedScope.Begin(seed);
        _vae.zero_grad();
        objective.Compute(_vae, _batch).Loss.backward();
        return [.. _vae.parameters().SelectMany(p => p.grad!.Values())];
    }

    private static Dictionary<string, double> Terms(Iwae objective, Vae model, Batch batch)
    {
        using var noGradient = torch.no_grad();
        return objective.Compute(model, batch).Terms.ToDictionary(t => t.Name, t => t.Read());
    }

    /// <summary>Notes how many samples an item it is asked to decode at once.</summary>
    private sealed class CountingDecoder(Decoder inner) : Decoder(nameof(CountingDecoder))
    {
        public long MostSamples { get; set; }

        public override long LatentSize => inner.LatentSize;

        public override IReadOnlyList<long> ItemShape => inner.ItemShape;

        public override VaeToolkit.Likelihood forward(torch.Tensor input)
        {
            MostSamples = Math.Max(MostSamples, input.shape[0]);
            return inner.forward(input);
        }
    }

    private sealed class ShiftedEncoder(Encoder inner, torch.Tensor shift) : Encoder(nameof(ShiftedEncoder))
    {
        public override long LatentSize => 2;

        public override VaeToolkit.Posterior forward(torch.Tensor input)
        {
            var q = (VaeToolkit.DiagonalNormal)inner.forward(input);
            return new VaeToolkit.DiagonalNormal(q.Mean + shift, q.LogVariance);
        }
    }
}
