using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Evaluation;

public sealed class ReconstructionTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _x;
    private readonly TensorData _data;

    public ReconstructionTests()
    {
        using var seed = SeedScope.Begin(1);
        _x = torch.randn([40L, 4L], dtype: torch.float64) * 1.2;
        _data = new TensorData(_x);
    }

    public void Dispose()
    {
        _data.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Errors_of_the_linear_gaussian_are_those_computed_by_hand()
    {
        using var model = LinearGaussian.Model();
        var q = model.Encode(_x);
        var squares = (q.Mean.mm(LinearGaussian.Weights().t()) - _x).square().sum(-1);
        var (square, loss) = (squares.mean().ToDouble(), Loss(squares).mean().ToDouble());
        // Sampling adds Σ_j |w_j|² Var z_j to the expected squared error.
        var added = (q.Variance * LinearGaussian.Weights().square().sum(dim: 0)).sum(-1).mean().ToDouble();

        var error = Evaluate.Reconstruction(model, _data, new() { Samples = 2000, BatchSize = 16 });
        error.AtMean.SquaredError.Should().BeApproximately(square, 1e-12);
        error.AtMean.SquaredErrorPerValue.Should().BeApproximately(square / 4, 1e-12);
        error.AtMean.NegativeLogLikelihood.Should().BeApproximately(loss, 1e-12);
        error.AtMean.SquaredErrorStandardError.Should().BeApproximately(squares.std().ToDouble() / Math.Sqrt(40), 1e-12);
        error.Sampled.SquaredError.Should().BeApproximately(square + added, 0.02);
        error.Sampled.NegativeLogLikelihood.Should().BeApproximately(loss + added / (2 * LinearGaussian.Variance), 0.03);
        (error.Items, error.Samples).Should().Be((40, 2000));

        static torch.Tensor Loss(torch.Tensor squares)
            => squares / (2 * LinearGaussian.Variance) + 2 * Math.Log(2 * Math.PI * LinearGaussian.Variance);
    }

    [Fact]
    public void An_item_outside_the_support_is_named_by_its_place_in_the_data_and_its_range()
    {
        using var model = TinyBernoulli();
        var x = _x.to(torch.float32).sigmoid();
        x[33, 1] = 7;
        using var data = new TensorData(x);
        foreach (var evaluate in new Action[]
                 {
                     () => Evaluate.Reconstruction(model, data, new() { BatchSize = 10 }),
                     () => Evaluate.NegativeLogLikelihood(model, data, new() { BatchSize = 10, Samples = 3 }),
                     () => Evaluate.AnnealedImportanceSampling(model, data, new() { BatchSize = 10, Chains = 2, Temperatures = 3 }),
                 })
        {
            evaluate.Should().Throw<ArgumentException>()
                .WithMessage("item 33 of data is outside the likelihood's support: Bernoulli pixels must be in [0, 1]*7]*");
        }
    }

    [Fact]
    public void Features_whose_mean_does_not_move_are_collapsed()
    {
        using var seed = SeedScope.Begin(2);
        var means = torch.randn([500L, 4L], dtype: torch.float64) * torch.tensor(new[] { 1.0, 0.05, 0.3, 0.0 });
        using var data = new TensorData(torch.cat([means, torch.zeros_like(means)], 1));
        using var model = GivenPosteriors.Model(4);
        var activity = Evaluate.ActiveUnits(model, data, batchSize: 120);
        activity.ActiveUnits.Should().Be(2);
        activity.Collapsed.Should().Equal(1, 3);
        activity.IsCollapsed.Should().BeFalse();
        activity.MeanVariances.Should().Equal(means.var(0, true).Values(), (a, b) => Math.Abs(a - b) < 1e-12);
        Evaluate.ActiveUnits(model, data, threshold: 2).IsCollapsed.Should().BeTrue();
        FluentActions.Invoking(() => Evaluate.ActiveUnits(model, data, threshold: double.NaN))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("threshold");
        using var one = data.First(1);
        FluentActions.Invoking(() => Evaluate.ActiveUnits(model, one)).Should().Throw<ArgumentException>().WithMessage("*one item*two*");
    }

    private static VaeToolkit.Vae TinyBernoulli() => new(
        new VaeToolkit.MlpEncoder(4, 2, [8]),
        new VaeToolkit.MlpDecoder(2, [8], VaeToolkit.ObservationModel.Bernoulli(4)),
        new VaeToolkit.StandardNormalPrior(2));
}
