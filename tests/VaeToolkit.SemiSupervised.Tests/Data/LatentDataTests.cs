using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.SemiSupervised.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Data;

/// <summary>M1: a classifier on the codes of an autoencoder; M1+M2: an M2 model on them.</summary>
public sealed class LatentDataTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);
    private readonly Vae _vae = new(
        new MlpEncoder(6, 3, [8]), new MlpDecoder(3, [8], ObservationModel.Gaussian(0.3, 6)), new StandardNormalPrior(3));

    public void Dispose()
    {
        _vae.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Means_are_the_posteriors_and_labels_go_along()
    {
        using var rows = SmallM2.Clusters(20, 1);
        using var codes = new LatentData(_vae, rows, LatentKind.Means);
        (codes.Count, codes.ItemShape[0]).Should().Be((20, 3));
        foreach (var (items, batch) in rows.InOrder(20).Zip(codes.InOrder(20)))
        {
            batch.Items.Values().Should().Equal(_vae.Encode(items.Items).Mean.Values());
            batch.Items.requires_grad.Should().BeFalse();
            batch.Labels!.data<long>().ToArray().Should().Equal(items.Labels!.data<long>().ToArray());
        }
    }

    [Fact]
    public void An_item_that_cannot_be_encoded_is_named_by_its_place_in_the_data()
    {
        using (torch.no_grad())
            _vae.Encoder.parameters().ToList().ForEach(parameter => parameter.mul_(20));
        var items = torch.rand(700, 6);
        items[612] = torch.tensor(new[] { 3e38f, -3e38f, 3e38f, -3e38f, 3e38f, -3e38f });
        using var rows = new TensorData(items);
        using var codes = new LatentData(_vae, rows, LatentKind.Means);
        FluentActions.Invoking(() => codes.InOrder(100).Sum(batch => batch.Size))
            .Should().ThrowExactly<ArithmeticException>().WithMessage("the answer for item 612 of the data is NaN*");
    }

    [Fact]
    public void Samples_are_a_function_of_seed_and_epoch_and_leave_other_draws_alone()
    {
        using var rows = SmallM2.Clusters(20, 1);
        using var codes = new LatentData(_vae, rows, LatentKind.Samples);
        double[] Read(long seed, int epoch) => [.. codes.Batches(7, seed, epoch).SelectMany(b => b.Items.Values()).Order()];
        var state = torch.get_rng_state();
        Read(1, 0).Should().Equal(Read(1, 0)).And.NotEqual(Read(1, 1)).And.NotEqual(Read(2, 0));
        torch.get_rng_state().eq(state).all().ToBoolean().Should().BeTrue();
    }

    [Fact]
    public void Codes_are_known_by_their_items_and_by_the_autoencoder_s_weights()
    {
        using var rows = SmallM2.Clusters(20, 1);
        using var others = SmallM2.Clusters(20, 2);
        string? Of(DataSource data) => new LatentData(_vae, data, LatentKind.Means).Fingerprint();
        var before = Of(rows);
        Of(rows).Should().Be(before).And.NotBe(Of(others));
        using (torch.no_grad())
            _vae.parameters().First().add_(1e-3);
        Of(rows).Should().NotBe(before);
    }

    [Fact]
    public void Of_codes_of_codes_both_are_told()
    {
        using var rows = SmallM2.Clusters(20, 1);
        using var codes = new LatentData(_vae, rows, LatentKind.Samples);
        using var vae = new Vae(
            new MlpEncoder(3, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Gaussian(1, 3)), new StandardNormalPrior(2));
        using var inner = new LatentData(vae, codes, LatentKind.Means, new LatentActivity([0.5, 0.001], 0.01, 20));
        inner.Settings.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["Latents"] = "Samples, then Means",
            ["Features"] = "[0, 1, 2], then [0]",
        });
    }

    [Fact]
    public void Only_active_features_are_kept_when_asked()
    {
        using var rows = SmallM2.Clusters(20, 1);
        using var codes = new LatentData(_vae, rows, LatentKind.Means, new LatentActivity([0.5, 0.001, 0.2], 0.01, 20));
        foreach (var (items, batch) in rows.InOrder(20).Zip(codes.InOrder(20)))
            batch.Items.Values().Should().Equal(_vae.Encode(items.Items).Mean.index_select(1, torch.tensor(new long[] { 0, 2 })).Values());
        Invoking(() => new LatentData(_vae, rows, LatentKind.Means, new LatentActivity([0.5, 0.2], 0.01, 20)))
            .Should().Throw<ArgumentException>();
        Invoking(() => new LatentData(_vae, rows, LatentKind.Means, new LatentActivity([0, 0, 0], 0.01, 20)))
            .Should().Throw<ArgumentException>();
        Invoking(() => new LatentData(_vae, rows, (LatentKind)7)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_classifier_on_codes_and_an_m2_model_on_codes_learn_the_clusters()
    {
        var labels = new LabelSpace(3);
        using var rows = SmallM2.Clusters(600, 1);
        Trainer.Fit(_vae, new Elbo(), rows, options: new() { Epochs = 20, BatchSize = 30, LearningRate = 5e-3 });

        using var few = SemiSupervisedData.HideLabels(rows, perClass: 4, labels, seed: 2);
        using var test = new LatentData(_vae, rows, LatentKind.Means);
        using var shown = new LatentData(_vae, few.Labelled!, LatentKind.Samples);
        using var m1 = torch.nn.Linear(3, 3);
        Trainer.Fit(m1, new CrossEntropy(), shown, options: new() { Epochs = 200, BatchSize = 12, LearningRate = 0.05 });
        ClassificationReport.Of(m1, test).Accuracy.Should().BeGreaterThan(0.95);

        using var hidden = new LatentData(_vae, rows, LatentKind.Samples);
        using var both = new SemiSupervisedData(shown, hidden, labels, labelledBatch: 12);
        using var m2 = new M2Model(
            new ConditionalVae(new MlpConditionalEncoder(3, 3, 2, [8]),
                new MlpConditionalDecoder(2, 3, [8], ObservationModel.LearnedGaussian(3)), new StandardNormalPrior(2)),
            new MlpClassifier(3, [8], 3), labels);
        Trainer.Fit(m2, new M2Objective(12, 600), both, options: new() { Epochs = 15, BatchSize = 30, LearningRate = 5e-3 });
        ClassificationReport.Of(m2, test).Accuracy.Should().BeGreaterThan(0.95);
    }

    private static Action Invoking<T>(Func<T> function) => () => function();
}
