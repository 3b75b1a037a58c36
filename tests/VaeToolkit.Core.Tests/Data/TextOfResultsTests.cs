using System.Runtime.CompilerServices;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Data;

/// <summary>What is seen when one of the library's objects is printed.</summary>
public sealed class TextOfResultsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_batch_of_nothing_is_refused_by_its_argument()
    {
        FluentActions.Invoking(() => new Batch(null!)).Should().Throw<ArgumentNullException>().WithParameterName("items");
        FluentActions.Invoking(() => new Batch(torch.tensor(1f))).Should().Throw<ArgumentException>().WithMessage("*single number*[N, *");
    }

    [Theory]
    [InlineData(torch.ScalarType.Byte)]
    [InlineData(torch.ScalarType.Int32)]
    [InlineData(torch.ScalarType.Bool)]
    public void Labels_of_any_whole_type_are_int64(torch.ScalarType type)
    {
        using var given = torch.tensor(new long[] { 0, 1, 1 }).to(type);
        using (var batch = new Batch(torch.zeros(3, 2), given))
        {
            batch.Labels!.data<long>().Should().Equal(0, 1, 1);
            given.IsInvalid.Should().BeFalse();
        }
        given.IsInvalid.Should().BeTrue("the batch owns what it is given");
    }

    [Fact]
    public void Data_say_what_they_hold()
    {
        using var batch = new Batch(torch.zeros(3, 1, 2, 2), torch.zeros(3, torch.int64));
        batch.ToString().Should().Be("3 items [1, 2, 2], Float32, with labels");
        using var data = new TensorData(torch.zeros(5, 4));
        data.ToString().Should().Be("TensorData: 5 items [4]");
        using var images = ImageData.SyntheticDigits(3, 0);
        images.ToString().Should().Be("ImageData: 3 items [1, 28, 28]");
        using var sprites = SpriteData.Draw(new() { Shapes = 1, Scales = 1, Orientations = 1, ColumnPositions = 2, RowPositions = 1 });
        sprites.ToString().Should().Be("ImageData: 2 items [1, 32, 32]; factors of 2 items: shape (1), scale (1), orientation (1), "
            + "column (2), row (1)");
        IdxContent.Read(IdxContent.With([1, 2, 3, 4], 2, 2)).ToString().Should().Be("2 x 2 bytes");
    }

    [Fact]
    public void Distributions_and_steps_say_what_they_are()
    {
        new DiagonalNormal(torch.zeros(3, 2), torch.zeros(3, 2)).ToString().Should().Be("DiagonalNormal [3, 2]");
        new BernoulliLikelihood(torch.zeros([4, 3, 1, 2, 2]), itemRank: 3).ToString()
            .Should().Be("BernoulliLikelihood [4, 3] of items [1, 2, 2]");
        var result = new ObjectiveResult(torch.tensor(1.5), new ObjectiveTerm("kl", torch.tensor(0.25)), new ObjectiveTerm("beta", 1));
        result.ToString().Should().Be("loss 1.5 (kl 0.25, beta 1)");
        new StepResult(7, 1.5, 2, new Dictionary<string, double> { ["kl"] = 0.25 }).ToString()
            .Should().Be("step 7: loss 1.5 (kl 0.25), gradient norm 2");
        default(StepResult).ToString().Should().StartWith("step 0");
        new WarmUpPlan("beta", 0.5, BetaWarmUp.OverEpochs(20)).ToString().Should().Be("beta up to 0.5 over 20 epochs");
        var weights = torch.zeros(5, 3);
        new ImportanceWeights(weights, weights, weights).ToString().Should().Be("importance weights [5, 3] of samples and items");
        using var layer = torch.nn.Linear(2, 1);
        using var optimizer = new FusedAdam(layer.parameters(), 0.0025, weightDecay: 0.5);
        optimizer.ToString().Should().Be("FusedAdam: learning rate 0.0025, β 0.9 and 0.999, ε 1E-08, weight decay 0.5");
    }

    [Fact]
    public void Progress_says_where_the_run_stands()
    {
        var progress = new TrainingProgress
        {
            Epoch = 3,
            Epochs = 4,
            Step = 5,
            StepsPerEpoch = 10,
            StepsPerSecond = 2,
            Loss = 101.5,
            Terms = new OrderedDictionary<string, double> { ["kl"] = 21.25 },
        };
        progress.ToString().Should().Be("epoch 3/4, step 5/10: 2 steps/s, 0:07 left, loss 101.50, kl 21.25");
        (progress with { Stopped = StopReason.EarlyStopped }).ToString()
            .Should().Be("epoch 3/4, step 5/10: 2 steps/s, loss 101.50, kl 21.25, EarlyStopped");
        default(TrainingProgress).ToString().Should().Be("epoch 0/0, step 0/0: 0 steps/s, loss 0.00");
    }

    [Fact]
    public void Blocks_for_parts_of_ones_own_say_what_they_hold()
    {
        using var scope = torch.NewDisposeScope();
        new LatentBatch(torch.zeros([5L, 3, 2]), 2, "z").ToString().Should().Be("latent vectors [5, 3, 2]");
        new LatentRows(torch.zeros([3L, 2]), 2).ToString().Should().Be("latent vectors [3, 2]");
        MixtureProducts.Of(torch.zeros([4L, 2]), torch.zeros([4L, 2]), torch.zeros(4L)).ToString()
            .Should().Be("4 normals of 2 latent features");
        SampleMean.Of([1, 2, 3]).ToString().Should().Be("2 ± 0.58");
        new BestEpoch(patience: 2, minimumDelta: 0).ToString().Should().Be("no epoch yet");
    }

    [Fact]
    public void No_public_type_prints_as_its_name_or_as_what_the_compiler_writes_but_for_options()
    {
        // What is set, and what only acts: neither is a result.
        Type[] others =
        [
            typeof(SpriteGrid), typeof(LogVarianceRange), typeof(KlCapacity), typeof(ConsoleProgress), typeof(SeedScope),
            typeof(SplitMix64), typeof(DiagonalNormalHead), typeof(EvaluationMode), typeof(PartModes), typeof(FrozenParameters),
            typeof(FiniteState), typeof(UnregisteredParts), typeof(ExclusiveUse),
        ];
        typeof(Vae).Assembly.GetExportedTypes()
            .Where(type => type is { IsAbstract: false, IsEnum: false } && !type.Name.EndsWith("Options") && !others.Contains(type))
            .Where(type => type.GetMethod(nameof(ToString), Type.EmptyTypes) is { } method
                && (method.DeclaringType == typeof(object) || method.DeclaringType == typeof(ValueType)
                    || method.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)))
            .Should().BeEmpty();
    }
}
