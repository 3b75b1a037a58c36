using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

public sealed class TrainedWithTests : IDisposable
{
    private const string Kind = "vaetoolkit.vae";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_feature_classifier_says_its_options_and_its_images()
    {
        using var scope = torch.NewDisposeScope();
        var pixels = torch.zeros([5L, 8L, 8L], dtype: torch.uint8);
        pixels[0, 0, 0] = 204;
        using var images = ImageData.FromTensor(pixels, torch.tensor(new long[] { 0, 1, 0, 1, 2 }));
        using var classifier = FeatureClassifier.Train(images, new() { Epochs = 1, Features = 3, BatchSize = 2, Seed = 4 });
        classifier.Save(_folder["classifier"]);
        using var loaded = FeatureClassifier.Load(_folder["classifier"]);
        var record = TrainingRecord.Of(loaded)!;
        (record.Objective, record.Items, record.Least).Should().Be(("CrossEntropy", 5L, 0.0));
        record.Most.Should().BeApproximately(0.8, 1e-7, "204 of 255");
        record.ItemShape.Should().Equal(1, 8, 8);
        record.LibraryVersion.Should().Be(typeof(Vae).Assembly.GetName().Version!.ToString(3));
        record.Settings.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["Features"] = "3",
            ["Epochs"] = "1",
            ["BatchSize"] = "2",
            ["LearningRate"] = "0.001",
            ["Seed"] = "4",
        });
        record.Should().BeEquivalentTo(TrainingRecord.Of(classifier));
    }

    [Fact]
    public void A_loop_of_ones_own_says_it_in_one_line()
    {
        using var vae = Make();
        using var data = new TensorData(torch.arange(24, torch.float32).reshape(6, 4) / 4 - 1);
        TrainingRecord.Set(vae, TrainingRecord.From("OwnLoop", new Elbo().Settings, data));
        vae.SaveWeights(_folder["weights.safetensors"]);
        using var other = Make();
        other.LoadWeights(_folder["weights.safetensors"]);
        var record = TrainingRecord.Of(other)!;
        (record.Objective, record.Items, record.Least, record.Most).Should().Be(("OwnLoop", 6L, -1.0, 4.75));
        record.ToString().Should().Be("OwnLoop on 6 items of [4] with values from -1 to 4.75");
    }

    [Fact]
    public void A_range_that_is_no_number_is_left_out()
    {
        using var vae = Make();
        TrainingRecord.Set(vae, new("OwnLoop", new Dictionary<string, string>(), [4], double.NaN, double.PositiveInfinity, 6));
        vae.SaveWeights(_folder["weights.safetensors"]);
        using var other = Make();
        other.LoadWeights(_folder["weights.safetensors"]);
        var record = TrainingRecord.Of(other)!;
        (record.Least, record.Most, record.Items).Should().Be((null, null, 6L));
    }

    [Theory]
    [InlineData("[1]", "*$: must be an object, not a list*")]
    [InlineData("{", "*'trained_with' are damaged*")]
    [InlineData("{\"objective\": 1}", "*$.objective: must be a text, not 1*")]
    [InlineData("{\"objective\": \"Elbo\", \"settings\": {}, \"item_shape\": [4], \"least\": 0, \"most\": 1, \"items\": 1.5}",
        "*$.items: must be a whole number, not 1.5*")]
    [InlineData("{\"objective\": \"Elbo\", \"settings\": {}, \"item_shape\": [4], \"least\": 0, \"most\": 1, \"items\": 1, "
        + "\"library_version\": 1}", "*library_version: must be a text, not 1*")]
    [InlineData("{\"objective\": \"Elbo\", \"settings\": {}, \"item_shape\": [4], \"least\": 0, \"most\": 1, \"items\": 1, "
        + "\"comment\": 1}", "*$.comment: *")]
    public void What_a_file_of_weights_says_is_taken_for_hostile_and_the_model_stays(string damaged, string problem)
    {
        using var scope = torch.NewDisposeScope();
        using var vae = Make();
        var metadata = SafeTensors.Kind(Kind, 1);
        metadata["trained_with"] = damaged;
        SafeTensors.Write(_folder["weights.safetensors"], vae.state_dict(), metadata);
        using var other = Make();
        var before = other.state_dict().Values.SelectMany(tensor => tensor.Values()).ToList();
        other.Invoking(model => model.LoadWeights(_folder["weights.safetensors"]))
            .Should().ThrowExactly<SafeTensorsException>().WithMessage(problem);
        other.state_dict().Values.SelectMany(tensor => tensor.Values()).Should().Equal(before);
    }

    private static Vae Make()
        => new(new MlpEncoder(4, 2, [3]), new MlpDecoder(2, [3], ObservationModel.LearnedGaussian(4)), new StandardNormalPrior(2));
}
