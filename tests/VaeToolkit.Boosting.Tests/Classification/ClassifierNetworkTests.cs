using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Boosting.Tests.Classification;

public sealed class ClassifierNetworkTests : IDisposable
{
    private const int Draws = 2000;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(4);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void The_two_lenets_have_the_published_numbers_of_weights()
    {
        ClassifierNetwork.LeNet5().Size.Should().Be(61_706);
        ClassifierNetwork.WideLeNet().Size.Should().Be((20 * 25 + 20) + (50 * 20 * 25 + 50) + (800 * 500 + 500) + (500 * 10 + 10));
    }

    [Fact]
    public void Logits_are_those_of_the_same_layers_as_modules()
    {
        using var modules = Sequential(
            ("c1", Conv2d(1, 6, 5, padding: 2)), ("r1", ReLU()), ("p1", MaxPool2d(2)), ("c2", Conv2d(6, 16, 5)),
            ("r2", ReLU()), ("p2", MaxPool2d(2)),
            ("flat", Flatten()), ("f1", Linear(400, 120)), ("r3", ReLU()), ("f2", Linear(120, 84)), ("r4", ReLU()), ("f3", Linear(84, 10)));
        var weights = torch.cat([.. modules.parameters().Select(parameter => parameter.detach().reshape(-1))]);
        var x = torch.rand([3L, 1, 28, 28]);
        var expected = modules.forward(x).Values();
        ClassifierNetwork.LeNet5().Logits(x, weights).Values().Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5);
        ClassifierNetwork.LeNet5().Logits(x.flatten(1), weights).Values().Zip(expected)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layer_by_local_reparameterisation_has_the_mean_and_variance_of_weight_sampling(bool convolution)
    {
        var layer = convolution ? new WeightLayer([2, 3, 5, 5], Padding: 1) : new WeightLayer([2, 75]);
        var x = convolution ? torch.randn([1L, 3, 5, 5]) : torch.randn([1L, 75]);
        var (mean, deviation) = (torch.randn(152), torch.rand(152) * 0.3);
        torch.Tensor Output(torch.Tensor input, torch.Tensor weights)
            => layer.Apply(input, weights.narrow(0, 0, 150), weights.narrow(0, 150, 2));
        var (expectedMean, expectedVariance) = (Output(x, mean).Values(), Output(x.square(), deviation.square()).Values());
        var sum = new double[expectedMean.Length];
        var squares = new double[expectedMean.Length];
        for (var draw = 0; draw < Draws; draw++)
        {
            using var inner = torch.NewDisposeScope();
            var values = Output(x, mean + deviation * torch.randn(152)).Values();
            for (var i = 0; i < values.Length; i++)
            {
                sum[i] += values[i];
                squares[i] += (values[i] - expectedMean[i]) * (values[i] - expectedMean[i]);
            }
        }
        for (var i = 0; i < sum.Length; i++)
        {
            (sum[i] / Draws).Should().BeApproximately(expectedMean[i], 5 * Math.Sqrt(expectedVariance[i] / Draws));
            (squares[i] / Draws).Should().BeApproximately(expectedVariance[i], 5 * expectedVariance[i] * Math.Sqrt(2.0 / Draws));
        }
    }

    [Fact]
    public void With_noise_in_the_linear_layers_sampled_logits_are_distributed_as_under_sampled_weights()
    {
        // Every image has noise of its own, so each row is a draw; weight sampling needs a draw of all weights.
        var network = TinyNetwork.Create();
        var (means, logVariances) = (network.InitialWeights(), torch.full([network.Size], -2.0, dtype: torch.float32));
        logVariances.narrow(0, 0, 382).fill_(-60);
        var x = torch.rand([1L, 1, 12, 12]);
        var local = network.SampleLogits(x.expand(Draws, 1, 12, 12), means, logVariances);
        var byWeights = torch.cat(
            [.. Enumerable.Range(0, Draws).Select(_ => network.Logits(x, means + (logVariances * 0.5).exp() * torch.randn_like(means)))]);
        var (a, b) = (Moments(local), Moments(byWeights));
        for (var i = 0; i < TinyNetwork.Classes; i++)
        {
            a.Mean[i].Should().BeApproximately(b.Mean[i], 5 * Math.Sqrt((a.Covariance[i * 5] + b.Covariance[i * 5]) / Draws));
            for (var j = 0; j < TinyNetwork.Classes; j++)
            {
                // Products of normal variables have heavier tails than normal ones: twice the standard error of a normal covariance.
                var error = 2 * Math.Sqrt(2 * (a.Covariance[i * 5] * a.Covariance[j * 5] + Math.Pow(a.Covariance[i * 4 + j], 2)) / Draws);
                a.Covariance[i * 4 + j].Should().BeApproximately(b.Covariance[i * 4 + j], 5 * error);
            }
        }
    }

    [Fact]
    public void Without_variance_sampled_logits_are_the_logits()
    {
        var network = TinyNetwork.Create();
        var means = network.InitialWeights();
        var x = torch.rand([5L, 1, 12, 12]);
        var sampled = network.SampleLogits(x, means, torch.full([network.Size], -60.0, dtype: torch.float32)).Values();
        sampled.Zip(network.Logits(x, means).Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-3, "1e-5 is the root of the small number in the variance");
    }

    [Fact]
    public void Initial_weights_have_the_variance_two_over_inputs()
    {
        var network = ClassifierNetwork.LeNet5();
        var weights = network.InitialWeights().Values();
        // The first linear layer: 120 × 400 weights after 156 + 2,416 others, then 120 biases.
        var layer = weights.Skip(2572).Take(48_000).ToArray();
        layer.Average(w => w * w).Should().BeApproximately(2.0 / 400, 5 * 2.0 / 400 * Math.Sqrt(2.0 / 48_000));
        weights.Skip(2572 + 48_000).Take(120).Should().OnlyContain(bias => bias == 0);
    }

    [Fact]
    public void Bad_sizes_are_named()
    {
        FluentActions.Invoking(() => new ClassifierNetwork([28, 28], [6], [10]))
            .Should().Throw<ArgumentException>().WithMessage("*[28, 28]*[C, H, W]*");
        FluentActions.Invoking(() => new ClassifierNetwork([1, 8, 8], [6, 6], [10]))
            .Should().Throw<ArgumentException>().WithMessage("*[1, 8, 8]*too small for 2*");
        FluentActions.Invoking(() => new ClassifierNetwork([1, 28, 28], [], [10]))
            .Should().Throw<ArgumentException>().WithMessage("*channels*");
        FluentActions.Invoking(() => new ClassifierNetwork([1, 28, 28], [6], [10], classes: 1))
            .Should().Throw<ArgumentOutOfRangeException>();
        var network = TinyNetwork.Create();
        FluentActions.Invoking(() => network.Logits(torch.zeros([2L, 1, 12, 12]), torch.zeros(3)))
            .Should().Throw<ArgumentException>().WithMessage($"weights*[3]*[{network.Size}]*");
        FluentActions.Invoking(() => network.Logits(torch.zeros([2L, 1, 11, 12]), network.InitialWeights()))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 1, 11, 12]*144*");
    }

    private static (double[] Mean, double[] Covariance) Moments(torch.Tensor logits)
    {
        var mean = logits.mean([0L]);
        var centred = logits - mean;
        return (mean.Values(), (centred.t().mm(centred) / logits.shape[0]).Values());
    }
}
