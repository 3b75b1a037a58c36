using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Classification;

public sealed class NetworkPredictorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly ClassifierNetwork _network = TinyNetwork.Create();

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void A_mixture_s_probabilities_are_the_weighted_mean_over_its_networks()
    {
        var (first, second) = (_network.InitialWeights(), _network.InitialWeights());
        using var mixture = Mixture(torch.stack([first, second]), -80, [0.3, 0.7]);
        var x = torch.rand([6L, 1, 12, 12]);
        using var predictor = new NetworkPredictor(_network, mixture, samples: 2);
        var (a, b) = (_network.Logits(x, first).softmax(1).Values(), _network.Logits(x, second).softmax(1).Values());
        predictor.Probabilities(x).Values().Zip(a.Zip(b, (p, q) => 0.3 * p + 0.7 * q))
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5);
    }

    [Fact]
    public void Probabilities_converge_to_the_integral_over_the_weights()
    {
        // Only the biases of the two last classes vary, so their difference is normal with variance 2 and
        // p(y) is an integral over one dimension.
        var means = torch.zeros(_network.Size);
        var logVariances = torch.full([_network.Size], -80.0, dtype: torch.float32);
        logVariances.narrow(0, _network.Size - 2, 2).zero_();
        means.narrow(0, _network.Size - 4, 2).fill_(-50);
        means.narrow(0, _network.Size - 1, 1).fill_(0.8);
        using var mixture = new NormalMixture(new DiagonalComponents(means.unsqueeze(0), logVariances.unsqueeze(0)), [1]);
        using var predictor = new NetworkPredictor(_network, mixture, samples: 10_000);
        var expected = Reference.Integrate(points =>
            Array.ConvertAll(points, d => Math.Exp(-(d - 0.8) * (d - 0.8) / 4) / Math.Sqrt(4 * Math.PI) / (1 + Math.Exp(-d))), -12, 14);
        // A probability's deviation is at most a half.
        predictor.Probabilities(torch.rand([1L, 144])).Values()[3].Should().BeApproximately(expected, 4 * 0.5 / 100);
    }

    [Fact]
    public void Draws_are_the_seed_s_and_rows_sum_to_one()
    {
        using var mixture = Mixture(torch.stack([_network.InitialWeights(), _network.InitialWeights()]), -2, [0.5, 0.5]);
        var x = torch.rand([4L, 1, 12, 12]);
        double[] Probabilities(long seed)
        {
            using var predictor = new NetworkPredictor(_network, mixture, samples: 3, seed);
            return predictor.Probabilities(x).Values();
        }

        Probabilities(1).Should().Equal(Probabilities(1)).And.NotEqual(Probabilities(2));
        Probabilities(1).Chunk(4).Should().OnlyContain(row => Math.Abs(row.Sum() - 1) < 1e-5);
    }

    [Fact]
    public void Accuracy_counts_the_most_probable_classes()
    {
        using var images = TinyNetwork.Bars(5, 2);
        // All weights 0 but the bias of class 2: every image is given class 2, and a quarter are of it.
        var weights = torch.zeros(_network.Size);
        weights.narrow(0, _network.Size - 2, 1).fill_(1);
        using var mixture = Mixture(weights.unsqueeze(0), -80, [1]);
        using var predictor = new NetworkPredictor(_network, mixture, samples: 1);
        predictor.Accuracy(images).Should().Be(0.25);
        FluentActions.Invoking(() => predictor.Accuracy(images, new CancellationToken(canceled: true)))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Accuracy_names_the_image_of_the_data_that_has_no_answer()
    {
        var images = torch.zeros([1500L, 1, 12, 12]);
        images[1112] = torch.where(torch.arange(144) % 2 == 0, torch.full(144, 3e38f), torch.full(144, -3e38f)).reshape(1, 12, 12);
        using var data = new TensorData(images, torch.zeros(1500, torch.int64));
        using var mixture = Mixture((_network.InitialWeights() * 50).unsqueeze(0), -80, [1]);
        using var predictor = new NetworkPredictor(_network, mixture, samples: 1);
        FluentActions.Invoking(() => predictor.Accuracy(data))
            .Should().ThrowExactly<ArithmeticException>().WithMessage("the answer for item 1112 of data is NaN*");
    }

    [Fact]
    public void Bad_input_is_named()
    {
        using var mixture = new NormalMixture(OneDimension.Line(0, 1), [1]);
        FluentActions.Invoking(() => new NetworkPredictor(_network, mixture))
            .Should().Throw<ArgumentException>().WithMessage($"*1 dimensions*{_network.Size}*");
        using var fitting = Mixture(torch.zeros([1, _network.Size]), -2, [1]);
        FluentActions.Invoking(() => new NetworkPredictor(_network, fitting, samples: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Images_in_another_shape_none_NaN_and_another_type_are_refused()
    {
        var network = new ClassifierNetwork([1, 12, 12], [2], [4], classes: 2);
        FluentActions.Invoking(() => network.Logits(torch.zeros(3, 12, 12, 1), network.InitialWeights()))
            .Should().Throw<ArgumentException>().WithMessage("*must be [N, 1, 12, 12]*another order*");
        using var mixture = new NormalMixture(new DiagonalComponents(
            torch.zeros(1, network.Size), torch.zeros(1, network.Size)), [1.0]);
        using var predictor = new NetworkPredictor(network, mixture, samples: 1);
        FluentActions.Invoking(() => predictor.Probabilities(torch.full([2, 144], float.NaN)))
            .Should().Throw<ArgumentException>().WithMessage("*NaN*item 0*");
        FluentActions.Invoking(() => network.Logits(torch.full([2, 144], float.NaN), network.InitialWeights()))
            .Should().Throw<ArgumentException>().WithMessage("x holds NaN*item 0, at [0, 0]*");
        FluentActions.Invoking(() => network.Logits(torch.zeros(2, 144), network.InitialWeights() / 0.0))
            .Should().Throw<ArgumentException>().WithMessage("weights holds NaN*item 0*");
        FluentActions.Invoking(() => predictor.Probabilities(torch.zeros([0, 144])))
            .Should().Throw<ArgumentException>().WithMessage("*at least one item*");
        FluentActions.Invoking(() => network.Logits(torch.zeros([3, 144], torch.float64), network.InitialWeights()))
            .Should().Throw<InvalidOperationException>().Which.Message.Should().NotContain("\n").And.Contain("float64");
    }

    private static NormalMixture Mixture(torch.Tensor means, double logVariance, double[] weights)
        => new(new DiagonalComponents(means, torch.full_like(means, logVariance)), weights);
}
