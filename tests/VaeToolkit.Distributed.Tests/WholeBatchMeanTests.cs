using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What is not linear in a batch's mean divergence, where the ranks' own means lie on both sides of the bend.</summary>
public sealed class WholeBatchMeanTests
{
    private const int Features = 12;
    private const double Rate = 0.01;

    // One latent of variance 1 and mean m = Σ w x = 2 for bright items, 0 for dark ones: their divergences are m²/2 = 2 and 0, of the
    // batch 1, and its derivative by a weight is the mean of m x, 1. Ranks' own means would give the penalties 1.75, 1.25 and 1.
    public static TheoryData<ElboOptions, double, double> Bends => new()
    {
        { new() { FreeNats = 1.5 }, 1.5, 0 },
        { new() { FreeNats = 0.5 }, 1, 1 },
        { new() { Capacity = new(1.5, Steps: 1, Strength: 1) }, 0.5, -1 },
    };

    [Theory]
    [MemberData(nameof(Bends))]
    public void The_batchs_mean_counts_and_not_those_of_ranks_with_dark_and_bright_items(
        ElboOptions options, double penalty, double derivative)
    {
        var (steps, weights, seen) = (new StepResult[2], new double[2][], new double[2]);
        RankThreads.Run(2, exchange =>
        {
            using var encoder = new Brightness();
            using var vae = new Vae(encoder, new MlpDecoder(1, [4], ObservationModel.Bernoulli(Features)), new StandardNormalPrior(1));
            using (torch.no_grad())
            {
                // It says nothing of the latent, from which then no gradient of the reconstruction comes.
                foreach (var weight in vae.Decoder.parameters())
                    weight.zero_();
            }
            using var dark = torch.zeros(2, Features);
            using var bright = torch.ones(2, Features);
            using var batch = new Batch(torch.cat([dark, bright]));
            var objective = new Elbo(options);
            steps[exchange.Rank] = RankedRun.Of(exchange, vae, new Dictionary<string, string>(), () =>
            {
                // The capacity is 0 in the first step.
                Step(rate: 0);
                return Step(Rate);
            });
            weights[exchange.Rank] = [.. encoder.parameters().SelectMany(weight => weight.Values())];
            seen[exchange.Rank] = encoder.Seen;

            StepResult Step(double rate)
            {
                using var optimizer = torch.optim.SGD(vae.parameters(), rate);
                return RankedRun.Step(vae, objective, batch, optimizer, gradientClip: null, exchange);
            }
        });
        seen.Should().Equal(0, 1);
        foreach (var rank in new[] { 0, 1 })
        {
            (steps[rank].Loss - steps[rank].Terms["reconstruction"]).Should().BeApproximately(penalty, 1e-5);
            weights[rank].Should().HaveCount(Features).And.OnlyContain(
                weight => Math.Abs(weight - (2.0 / Features - Rate * derivative)) < 1e-6);
        }
    }

    private sealed class Brightness : Encoder
    {
        private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _weights = torch.nn.Linear(Features, 1, hasBias: false);

        public Brightness()
            : base(nameof(Brightness))
        {
            using (torch.no_grad())
                _weights.get_parameter("weight")!.fill_(2.0 / Features);
            register_module("weights", _weights);
        }

        public double Seen { get; private set; }

        public override long LatentSize => 1;

        public override Posterior forward(torch.Tensor input)
        {
            Seen = input.mean().ToDouble();
            var mean = _weights.forward(input);
            return new DiagonalNormal(mean, torch.zeros_like(mean));
        }
    }
}
