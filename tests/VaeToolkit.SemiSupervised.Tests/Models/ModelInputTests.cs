using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Models;

/// <summary>What items the models with labels take, and the models in float64.</summary>
public sealed class ModelInputTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(4);
    private readonly string _path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".safetensors");

    public void Dispose()
    {
        File.Delete(_path);
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Items_come_in_the_models_shape_or_flat_at_least_one_and_finite()
    {
        using var m2 = Model();
        using var bottleneck = Bottleneck();
        var y = m2.Labels.Rows(torch.arange(4) % 3);
        var right = torch.rand(4, 1, 8, 8);
        m2.Classify(right).shape.Should().Equal(4, 3);
        m2.Generative.Reconstruct(right.flatten(1), y).shape.Should().Equal(4, 1, 8, 8);
        var nan = right.clone();
        nan[1, 0, 3, 3] = float.NaN;
        foreach (var (x, message) in new[]
                 {
                     (torch.rand(4, 8, 8, 1), "*axes are in another order*"), (torch.rand(4, 4, 16), "*must be [N, 1, 8, 8]*"),
                     (torch.zeros([0, 1, 8, 8]), "*at least one item*"), (nan, "*NaN or infinity in item 1*"),
                 })
        {
            var labels = y.narrow(0, 0, x.shape[0]);
            foreach (var act in new Action[]
                     {
                         () => m2.LogProbs(x), () => m2.Classify(x), () => m2.ClassifyByEvidence(x, 2), () => m2.ClassifyByBoth(x, 0.1, 2),
                         () => m2.Generative.Encode(x, labels), () => m2.Generative.Reconstruct(x, labels),
                         () => m2.Generative.TransferStyle(x, labels, y), () => bottleneck.Encode(x), () => bottleneck.Predict(x),
                     })
            {
                act.Should().Throw<ArgumentException>().WithMessage(message);
            }
        }
    }

    [Fact]
    public void Latent_vectors_that_are_no_numbers_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var m2 = Model();
        using var bottleneck = Bottleneck();
        var z = torch.zeros(4, m2.Generative.LatentSize);
        z[3, 0] = float.NegativeInfinity;
        var y = m2.Labels.Rows(torch.arange(4) % 3);
        foreach (var act in new Action[] { () => m2.Generative.Decode(z, y), () => bottleneck.Decode(z) })
            act.Should().Throw<ArgumentException>().WithMessage("z holds NaN or infinity in item 3, at [3, 0]*");
        m2.Generative.Decode(z.clone().requires_grad_(), y).Mean.shape[0].Should().Be(4);
    }

    [Fact]
    public void Label_rows_that_are_no_numbers_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var m2 = Model();
        var (x, z) = (torch.rand(4, 1, 8, 8), torch.zeros(4, m2.Generative.LatentSize));
        var y = m2.Labels.Rows(torch.arange(4) % 3);
        y[1, 2] = float.NaN;
        foreach (var act in new Action[]
                 {
                     () => m2.Generative.Encode(x, y), () => m2.Generative.Reconstruct(x, y), () => m2.Generative.Decode(z, y),
                 })
            act.Should().Throw<ArgumentException>().WithMessage("y holds NaN or infinity in item 1, at [1, 2]*").WithParameterName("y");
    }

    [Fact]
    public void An_item_whose_values_are_too_large_for_an_answer_is_named()
    {
        using var scope = torch.NewDisposeScope();
        using var m2 = new M2Model(
            new ConditionalVae(
                new MlpConditionalEncoder(6, 3, 2, [5]), new MlpConditionalDecoder(2, 3, [5], ObservationModel.Gaussian(1, 6)),
                new StandardNormalPrior(2)),
            new MlpClassifier(6, [5], 3), new LabelSpace(3));
        var x = torch.rand(4, 6);
        m2.ClassifyByEvidence(x, 3, seed: 1).isfinite().all().ToBoolean().Should().BeTrue();
        // Its squares are beyond float32, so that log p(x, y) is minus infinity for every y.
        x[2] = torch.full(6, 1e30f);
        foreach (var act in new Action[] { () => m2.ClassifyByEvidence(x, 3, seed: 1), () => m2.ClassifyByBoth(x, 0.1, 3, seed: 1) })
            act.Should().Throw<ArithmeticException>().WithMessage("the answer for item 2 of x is NaN: its values are too large *");
    }

    [Fact]
    public void A_latent_vector_that_cannot_be_decoded_is_named_and_an_item_that_cannot_be_encoded()
    {
        using var scope = torch.NewDisposeScope();
        using var m2 = Model();
        using var bottleneck = Bottleneck();
        using (torch.no_grad())
        {
            foreach (var parameter in m2.parameters().Concat(bottleneck.parameters()))
                parameter.mul_(30);
        }
        var z = torch.zeros(4, 2);
        z[2] = torch.tensor(new[] { 3e38f, -3e38f });
        var y = m2.Labels.Rows(torch.arange(4) % 3);
        foreach (var act in new Action[] { () => m2.Generative.Decode(z, y), () => bottleneck.Decode(z) })
            act.Should().Throw<ArithmeticException>().WithMessage("the answer for item 2 of z is NaN: its values are too large *");
        var x = torch.rand(4, 64);
        x[3] = torch.where(torch.arange(64) % 2 == 0, torch.full(64, 3e38f), torch.full(64, -3e38f));
        foreach (var act in new Action[]
                 {
                     () => m2.LogProbs(x), () => m2.Generative.Encode(x, y), () => m2.Generative.Reconstruct(x, y),
                     () => bottleneck.Encode(x),
                 })
            act.Should().Throw<ArithmeticException>().WithMessage("the answer for item 3 of * is NaN: its values are too large *");
    }

    [Fact]
    public void Training_on_another_shape_is_refused()
    {
        using var m2 = Model();
        using var data = new TensorData(torch.rand(12, 8, 8, 1), torch.arange(12) % 3);
        FluentActions.Invoking(() => Trainer.Fit(m2, new M2Objective(12, 0), data, options: new() { Epochs = 1, BatchSize = 4 }))
            .Should().Throw<PreFlightException>().WithMessage("*[4, 8, 8, 1]*must be [N, 1, 8, 8]*");
    }

    [Fact]
    public void Models_in_float64_train_sample_classify_and_save()
    {
        using var m2 = Model();
        _ = m2.to(torch.float64);
        using var data = new TensorData(torch.rand([12, 1, 8, 8], torch.float64).round(), torch.arange(12) % 3);
        Trainer.Fit(m2, new M2Objective(12, 0), data, options: new() { Epochs = 1, BatchSize = 4 }).History.Should().ContainSingle();
        var rows = m2.Labels.Rows(torch.arange(3), torch.float64);
        m2.Generative.Sample(rows).dtype.Should().Be(torch.float64);
        m2.Generative.SampleGrid(rows, 2).dtype.Should().Be(torch.float64);
        // Label rows are zeros and ones in every type.
        foreach (var others in new[] { m2.Labels.Rows(torch.arange(3)), rows.to(torch.int64) })
        {
            m2.Generative.Sample(others, seed: 1).Values().Should().Equal(m2.Generative.Sample(rows, seed: 1).Values());
            var x = torch.rand([3, 64], torch.float64);
            m2.Generative.Reconstruct(x, others).Values().Should().Equal(m2.Generative.Reconstruct(x, rows).Values());
        }
        m2.ClassifyByBoth(torch.rand([2, 64], torch.float64), 0.1, 3).dtype.Should().Be(torch.float64);
        m2.SaveWeights(_path);
        m2.LoadWeights(_path);
        using var bottleneck = Bottleneck();
        _ = bottleneck.to(torch.float64);
        bottleneck.Predict(torch.rand([2, 64], torch.float64)).dtype.Should().Be(torch.float64);
        FluentActions.Invoking(() => bottleneck.Predict(torch.rand(2, 64)))
            .Should().Throw<ArgumentException>().WithMessage("*is float32, the weights of *float64*");
    }

    [Fact]
    public void Samples_follow_a_seed_and_are_means_or_draws()
    {
        using var m2 = Model();
        var rows = m2.Labels.Rows(torch.zeros(50, torch.int64));
        var vae = m2.Generative;
        Same(vae.Sample(rows, seed: 1), vae.Sample(rows, seed: 1)).Should().BeTrue();
        Same(vae.Sample(rows, seed: 1), vae.Sample(rows, seed: 2)).Should().BeFalse();
        Same(vae.SampleGrid(rows, 2, seed: 1), vae.SampleGrid(rows, 2, seed: 1)).Should().BeTrue();
        foreach (var draws in new[] { vae.Sample(rows, seed: 1, draws: true), vae.SampleGrid(rows, 2, seed: 1, draws: true) })
            draws.eq(0).logical_or(draws.eq(1)).all().ToBoolean().Should().BeTrue();
        vae.Sample(rows, seed: 1).eq(0).any().ToBoolean().Should().BeFalse("means lie between");
    }

    private static bool Same(torch.Tensor one, torch.Tensor other) => one.eq(other).all().ToBoolean();

    private static M2Model Model()
    {
        var labels = new LabelSpace(3);
        return new(
            new ConditionalVae(
                new MlpConditionalEncoder(64, 3, 2, [6]), new MlpConditionalDecoder(2, 3, [6], ObservationModel.Bernoulli(1, 8, 8)),
                new StandardNormalPrior(2)),
            new MlpClassifier(64, [5], 3), labels);
    }

    private static InformationBottleneck Bottleneck()
        => new(new MlpEncoder(64, 2, [5]), new LinearDecoder(2, new ClassLikelihood(3)), new StandardNormalPrior(2), 1, 8, 8);
}
