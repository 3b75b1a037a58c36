using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Models;

public sealed class ConditionalVaeTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Trained_alone_it_makes_items_of_the_class_that_is_asked_for()
    {
        var labels = new LabelSpace(3);
        using var rows = SmallM2.Clusters(300, 1);
        using var small = SmallM2.Seeded(labels);
        var model = small.Generative;
        Trainer.Fit(model, new ConditionalElbo(labels), rows, options: new() { Epochs = 50, BatchSize = 30, LearningRate = 1e-2 });
        var means = model.Sample(labels.Rows(torch.arange(300, dtype: torch.int64).remainder(3))).reshape(100, 3, 6).mean([0L]).Values();
        double[] expected = [2, 0, 0, 2, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 2, 0, 0, 2];
        means.Should().Equal(expected, (a, b) => Math.Abs(a - b) < 0.25);
    }

    [Fact]
    public void Labels_and_samples_may_have_a_leading_axis_of_their_own()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3));
        var (z, rows) = (torch.randn(4, 5, 2), torch.rand(5, 3));
        var shared = model.Generative.Decode(z, rows).Mean;
        model.Generative.Decode(z, rows.unsqueeze(0).expand(4, 5, 3)).Mean.Values().Should().Equal(shared.Values());
        model.Generative.Decode(z.select(0, 1), rows).Mean.Values()
            .Should().Equal(shared.select(0, 1).Values(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Keys_of_saved_weights_are_these_and_weights_come_back()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3), seed: 1);
        using var other = SmallM2.Seeded(new LabelSpace(3), seed: 2);
        model.state_dict().Keys.Should().BeEquivalentTo(
            "generative.encoder.items.weight", "generative.encoder.items.bias", "generative.encoder.labels.weight",
            "generative.encoder.head.weight", "generative.encoder.head.bias",
            "generative.decoder.latents.weight", "generative.decoder.latents.bias", "generative.decoder.labels.weight",
            "generative.decoder.head.weight", "generative.decoder.head.bias",
            "classifier.trunk.fc1.weight", "classifier.trunk.fc1.bias", "classifier.head.weight",
            "classifier.head.bias", "label_prior.logits");
        var path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".safetensors");
        var x = torch.randn(4, 6);
        try
        {
            model.SaveWeights(path);
            other.LoadWeights(path);
            other.Classify(x).Values().Should().Equal(model.Classify(x).Values());
            model.Generative.SaveWeights(path);
            FluentActions.Invoking(() => other.LoadWeights(path)).Should().Throw<VaeToolkit.Storage.SafeTensorsException>();
            other.Generative.LoadWeights(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Probabilities_sum_to_one_also_over_combinations_and_are_products_of_their_parts()
    {
        using var model = SmallM2.Seeded(new LabelSpace(3, 2));
        var x = torch.randn(5, 6);
        var joint = model.Classify(x).reshape(5, 3, 2);
        joint.sum([1L, 2L]).Values().Should().OnlyContain(sum => Math.Abs(sum - 1) < 1e-5);
        var product = joint.sum(dim: 2).unsqueeze(2) * joint.sum(dim: 1).unsqueeze(1);
        joint.Values().Should().Equal(product.Values(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Parts_that_do_not_fit_are_refused()
    {
        var prior = new StandardNormalPrior(2);
        Invoking(() => new ConditionalVae(Encoder(2, 3), Decoder(3, 3), prior))
            .Should().Throw<ArgumentException>().WithMessage("*decoder takes 3*");
        Invoking(() => new ConditionalVae(Encoder(2, 3), Decoder(2, 4), prior))
            .Should().Throw<ArgumentException>().WithMessage("*rows of 3, decoder of 4*");
        Invoking(() => new ConditionalVae(Encoder(3, 3), Decoder(3, 3), prior))
            .Should().Throw<ArgumentException>().WithMessage("*prior has 2*");
        var pseudo = new VampPrior(new MlpEncoder(6, 2, [4]), [6], components: 3);
        Invoking(() => new ConditionalVae(Encoder(2, 3), Decoder(2, 3), pseudo))
            .Should().Throw<ArgumentException>().WithMessage("*VampPrior*");
        Invoking(() => new ConditionalVae(Encoder(2, 3), Decoder(2, 3), prior, new LabelSpace(4)))
            .Should().Throw<ArgumentException>().WithMessage("*rows of 3*rows of 4*").WithParameterName("labels");
        var several = new ConditionalVae(Encoder(2, 4), Decoder(2, 4), prior, new LabelSpace(2, 2));
        Invoking(() => new M2Model(several, new MlpClassifier(6, [4], 4), new LabelSpace(4)))
            .Should().Throw<ArgumentException>().WithMessage("*labels are 2 × 2*the model's 4 classes*");
        new ConditionalVae(Encoder(2, 4), Decoder(2, 4), prior).Labels.Sizes.Should().Equal(4);
        var generative = new ConditionalVae(Encoder(2, 3), Decoder(2, 3), prior);
        Invoking(() => new M2Model(generative, new MlpClassifier(6, [4], 4), new LabelSpace(4)))
            .Should().Throw<ArgumentException>().WithMessage("*rows of 3*rows of 4*");
        Invoking(() => new M2Model(generative, new MlpClassifier(6, [4], 3), new LabelSpace(3), LabelPrior.Uniform(2)))
            .Should().Throw<ArgumentException>().WithMessage("*over 2 classes*");
        using var wide = new M2Model(generative, new MlpClassifier(6, [4], 5), new LabelSpace(3));
        Invoking(() => wide.Classify(torch.randn(2, 6))).Should().Throw<ArgumentException>().WithMessage("*[2, 5]*");
        Invoking(() => generative.Encode(torch.randn(2, 6), torch.rand(3, 3))).Should().Throw<ArgumentException>().WithMessage("*[2, 3]*");
        Invoking(() => generative.Decode(torch.randn(2, 2), torch.rand(3, 3))).Should().Throw<ArgumentException>();
        Invoking(() => generative.Sample(torch.rand(3, 2))).Should().Throw<ArgumentException>();
        Invoking(() => generative.Sample(torch.full([2L, 3L], 0.5))).Should().Throw<ArgumentException>().WithMessage("*row 0 sums to 1.5*");
    }

    private static MlpConditionalEncoder Encoder(long latents, long labels) => new(6, labels, latents, [4]);

    private static MlpConditionalDecoder Decoder(long latents, long labels) => new(latents, labels, [4], ObservationModel.Gaussian(1, 6));

    private static Action Invoking<T>(Func<T> function) => () => function();
}
