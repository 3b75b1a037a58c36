using TorchSharp;
using VaeToolkit.Boosting.Tests.Continual;

namespace VaeToolkit.Boosting.Tests.Strategies;

public sealed class ReplayAndHeadsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TaskSequence _tasks = Stripes.Tasks(3);

    public void Dispose()
    {
        _tasks.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void A_coreset_adds_items_of_every_earlier_task()
    {
        using var model = Stripes.Model();
        using var strategy = new Coreset(7);
        strategy.TrainingData(Stage(model, 0), _tasks.Tasks[0].Train).Should().BeSameAs(_tasks.Tasks[0].Train);
        strategy.TaskEnded(Stage(model, 0));
        strategy.TaskEnded(Stage(model, 1));
        var data = _tasks.Tasks[2].Train;
        using var joined = strategy.TrainingData(Stage(model, 2), data);
        var rows = Rows(joined);
        rows.Take((int)data.Count).Should().Equal(Rows(data));
        rows.Skip((int)data.Count).Take(7).Should().BeSubsetOf(Rows(_tasks.Tasks[0].Train));
        rows.Skip((int)data.Count + 7).Should().HaveCount(7).And.BeSubsetOf(Rows(_tasks.Tasks[1].Train));
        FluentActions.Invoking(() => new Coreset(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Heads_name_latent_vectors_that_do_not_fit_them()
    {
        using var decoder = new MultiHeadDecoder(3, new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), 2);
        foreach (var (shape, text) in new (long[], string)[] { ([4, 2], "[4, 2]"), ([3], "[3]"), ([1, 1, 4, 3], "[1, 1, 4, 3]") })
        {
            FluentActions.Invoking(() => decoder.call(torch.zeros(shape))).Should().ThrowExactly<ArgumentException>()
                .WithMessage($"input has shape {text}; the decoder takes [N, 3] or [K, N, 3]*").Which.Message.Should().NotContain("\n");
        }
        FluentActions.Invoking(() => decoder.call(torch.zeros([4, 3], torch.float64))).Should().ThrowExactly<ArgumentException>()
            .WithMessage("input is float64, the weights of MultiHeadDecoder are float32; convert the data*");
        decoder.call(torch.zeros(5, 4, 3)).Mean.shape.Should().Equal(5, 4, 6);
        FluentActions.Invoking(() => decoder.Activate(2)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*there are 2 heads*");
    }

    [Fact]
    public void Self_replay_adds_pictures_of_the_model_before_the_task()
    {
        using var model = Stripes.BoostedModel();
        using (var first = Stripes.Tasks(1))
            ContinualTrainer.Run(model, first, [new PriorBoosting()], Stripes.Options);
        using var strategy = new SelfReplay(50);
        strategy.TrainingData(Stage(model, 0), _tasks.Tasks[0].Train).Should().BeSameAs(_tasks.Tasks[0].Train);
        // The new task is open then, but what is replayed is of the finished one.
        ((VaeToolkit.Boosting.BoostedPrior)model.Prior).BeginTask(torch.ones([1L, 6L]) * 1000);
        using var joined = strategy.TrainingData(Stage(model, 1), _tasks.Tasks[1].Train);
        joined.Count.Should().Be(_tasks.Tasks[1].Train.Count + 50);
        using var again = strategy.TrainingData(Stage(model, 1), _tasks.Tasks[1].Train);
        Rows(again).Should().Equal(Rows(joined));
        FluentActions.Invoking(() => new SelfReplay(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Heads_are_trained_and_evaluated_by_task_and_others_stay()
    {
        using var model = Heads(3);
        using var strategy = new MultiHead();
        var before = Head(model, 1);
        using (var one = Stripes.Tasks(1))
            ContinualTrainer.Run(model, one, [strategy], Stripes.Options);
        Head(model, 1).Should().Equal(before);
        var first = Head(model, 0);
        using var all = Stripes.Tasks(3);
        var result = ContinualTrainer.Run(model, all, [strategy], Stripes.Options);
        Head(model, 1).Should().NotEqual(before);
        result.Matrix[2].Should().HaveCount(3);
        strategy.Evaluating(model, 0);
        (((MultiHeadEncoder)model.Encoder).Active, ((MultiHeadDecoder)model.Decoder).Active).Should().Be((0, 0));
        model.Encoder.named_parameters().Where(p => p.name.StartsWith("head1", StringComparison.Ordinal))
            .Should().OnlyContain(p => !p.parameter.requires_grad);
        first.Should().NotEqual(before);
        FluentActions.Invoking(() => strategy.Evaluating(model, 3)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*3 heads*");
    }

    [Fact]
    public void What_is_replayed_for_a_task_comes_from_its_own_head_and_a_resumed_run_replays_the_same()
    {
        using var model = Heads(3);
        var decoder = (MultiHeadDecoder)model.Decoder;
        using (torch.no_grad())
        {
            // The first head's pictures are dark, the second's light, the third has learned nothing.
            foreach (var (head, bias) in new[] { (0, -50f), (1, 50f), (2, 0f) })
            {
                model.Decoder.state_dict()[$"head{head}.weight"].zero_();
                model.Decoder.state_dict()[$"head{head}.bias"].fill_(bias);
            }
            foreach (var weight in model.Decoder.state_dict().Where(pair => pair.Key.StartsWith("shared", StringComparison.Ordinal)))
                weight.Value.fill_(weight.Key.EndsWith("weight", StringComparison.Ordinal) ? 0.5 : 0);
        }
        decoder.Activate(2);
        using var strategy = new SelfReplay(10);
        using var joined = strategy.TrainingData(Stage(model, 2), _tasks.Tasks[2].Train);
        decoder.Active.Should().Be(2);
        var pixels = joined.InOrder(1000)
            .Select(batch => batch.Items.Values()).First().Skip((int)_tasks.Tasks[2].Train.Count * 6).ToArray();
        pixels.Should().HaveCount(2 * 10 * 6);
        pixels.Take(60).Should().OnlyContain(pixel => pixel < 0.5);
        pixels.Skip(60).Should().OnlyContain(pixel => pixel > 0.5);
    }

    [Fact]
    public void Replay_sees_the_model_before_heads_are_switched_and_strategies_the_items_that_are_trained_on()
    {
        using var model = Heads(2);
        using var heads = new MultiHead();
        using var coreset = new Coreset(30);
        using var order = new Order();
        using var tasks = Stripes.Tasks(2);
        ContinualTrainer.Run(model, tasks, [heads, coreset, order], Stripes.Options with { Epochs = 1, WarmUpEpochs = 1 });
        // 60 items less those set aside, in batches of 20; then with the coreset's 30.
        var own = tasks.Tasks.Select(task => task.Train.Count).ToArray();
        order.Seen.Should().Equal(("data", 0, own[0]), ("begins", 0, own[0]), ("data", 0, own[1]), ("begins", 1, own[1] + 30));
        order.StepsPerEpoch.Should().Equal((own[0] + 19) / 20, (own[1] + 30 + 19) / 20);
    }

    [Fact]
    public void Heads_and_what_compares_one_encoder_with_its_past_are_refused_together()
    {
        var encoder = new MultiHeadEncoder([new MlpEncoder(6, 2, [8]), new MlpEncoder(6, 2, [8])]);
        using var boosted = new Vae(encoder, new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)),
            new VaeToolkit.Boosting.BoostedPrior(encoder, [6], new() { MaxComponents = 3 }));
        using var heads = new MultiHead();
        Refused(boosted, [new PriorBoosting(), heads], "*BoostedPrior*one encoder*");
        using var mixture = new Vae(Heads(2).Encoder, new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)),
            new VaeToolkit.Boosting.ExpandingMixturePrior(2, 3));
        Refused(mixture, [heads, new ExpandingMixture(), new GeneratorRegularisation()], "*head for each task*");

        void Refused(Vae model, ContinualStrategy[] strategies, string why)
            => FluentActions.Invoking(() => ContinualTrainer.Run(model, _tasks, strategies, Stripes.Options))
                .Should().Throw<ArgumentException>().WithMessage(why);
    }

    [Fact]
    public void Heads_that_cannot_be_are_named()
    {
        FluentActions.Invoking(() => new MultiHeadEncoder([])).Should().Throw<ArgumentException>().WithMessage("*0 heads*");
        FluentActions.Invoking(() => new MultiHeadEncoder([new MlpEncoder(6, 2, [4]), new MlpEncoder(6, 3, [4])]))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 3]*");
        FluentActions.Invoking(() => new MultiHeadDecoder(2, new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), 0))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double[] Head(Vae model, int head) => [.. model.Encoder.state_dict().Concat(model.Decoder.state_dict())
        .Where(pair => pair.Key.StartsWith($"head{head}", StringComparison.Ordinal)).SelectMany(pair => pair.Value.Values())];

    private ContinualStage Stage(Vae model, int task) => new(model, _tasks.Tasks[task], task, Stripes.Options);

    private static string[] Rows(TensorData data)
        => [.. data.InOrder(1000).SelectMany(batch => batch.Items.Values().Chunk(6).Select(row => string.Join(',', row)).ToArray())];

    private sealed class Order : ContinualStrategy
    {
        public List<(string What, int Head, long Items)> Seen { get; } = [];

        public List<long> StepsPerEpoch { get; } = [];

        public override TensorData TrainingData(ContinualStage stage, TensorData data)
        {
            Seen.Add(("data", ((MultiHeadDecoder)stage.Model.Decoder).Active, stage.TrainingItems));
            return data;
        }

        public override Training.ITrainingCallback<Vae>? TaskBegins(ContinualStage stage)
        {
            Seen.Add(("begins", ((MultiHeadDecoder)stage.Model.Decoder).Active, stage.TrainingItems));
            StepsPerEpoch.Add(stage.StepsPerEpoch);
            return null;
        }
    }

    private static Vae Heads(int tasks) => new(
        new MultiHeadEncoder([.. Enumerable.Range(0, tasks).Select(_ => new MlpEncoder(6, 2, [8]))]),
        new MultiHeadDecoder(2, new MlpDecoder(4, [8], ObservationModel.Bernoulli(6)), tasks),
        new StandardNormalPrior(2));
}
