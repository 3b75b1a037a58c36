using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Priors;

/// <summary>On a GPU priors read their weights outside of steps. Here buffers on the CPU are taken for such.</summary>
public sealed class KeptNumbersTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(17);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Where_reading_waits_a_step_takes_what_was_read_last()
    {
        using var counter = new Counter();
        var numbers = new KeptNumbers(counter) { Waits = _ => true };
        double InAStepOf(KeptNumbers of) => InAStep(() => of.Of("count")[0]);
        InAStepOf(numbers).Should().Be(1, "nothing was read before");
        counter.Set(2);
        InAStepOf(numbers).Should().Be(1);
        InAStepOf(new(counter)).Should().Be(2, "on the CPU nothing waits");
        numbers.Of("count").Should().Equal([2], "outside of a step it is read");
        InAStepOf(numbers).Should().Be(2);
        counter.Set(3);
        numbers.Forget();
        InAStepOf(numbers).Should().Be(3);
        counter.Grow();
        InAStepOf(numbers).Should().Be(4, "another number of them is another buffer");
    }

    [Fact]
    public void A_boosted_priors_draws_are_of_numbers_where_they_are()
    {
        var (own, core) = (new TorchCalls(typeof(BoostedPrior).Assembly), new TorchCalls(typeof(Prior).Assembly));
        var draw = TorchCalls.Method(typeof(BoostedPrior), nameof(BoostedPrior.Sample));
        // Modules have their modes set and are called; a classifier, which is no part of a prior, is followed for one.
        string[] ofClassifiers = [.. own.Reads(TorchCalls.Method(typeof(LearnedClassifier), "Posterior"))];
        own.Reads(draw).Except(ofClassifiers).Should().Equal("KeptNumbers.Read: cpu", "KeptNumbers.Read: data");
        own.Sends(draw).Except(own.Sends(TorchCalls.Method(typeof(LearnedClassifier), "Posterior"))).Should().Equal(
            // To where they are.
            "BoostedPrior.LogWeights: to",
            // Only of rows that do not follow one another.
            "ComponentTable.Select: tensor");
        var ofMixtures = TorchCalls.Method(typeof(MixtureLogDensity), nameof(MixtureLogDensity.Sample));
        // Of two draws or more it does not.
        core.Reads(ofMixtures).Should().Equal("MixtureLogDensity.Drawn: multinomial");
        core.Sends(ofMixtures).Should().BeEmpty();
    }

    [Fact]
    public void A_boosted_priors_density_and_draws_in_a_step_follow_all_that_changes_it()
    {
        using var vae = Boosted();
        var prior = (BoostedPrior)vae.Prior;
        prior.Numbers.Waits = _ => true;
        var (z, subset) = (torch.randn(5, 2), torch.rand(40, 6));
        void Follows()
        {
            prior.Numbers.Waits = _ => false;
            var fresh = (InAStep(() => prior.LogProb(z).sum().ToDouble()), InAStep(Draw));
            prior.Numbers.Waits = _ => true;
            (InAStep(() => prior.LogProb(z).sum().ToDouble()), InAStep(Draw)).Should().Be(fresh);
        }
        double Draw()
        {
            using var same = SeedScope.Begin(5);
            return prior.Sample(50).sum().ToDouble();
        }
        for (var task = 0; task < 2; task++)
        {
            prior.BeginTask(subset);
            Follows();
            for (var component = 0; component < 3; component++)
            {
                prior.AddComponent(subset);
                Follows();
            }
            prior.Prune(subset);
            Follows();
            vae.eval();
            Follows();
            vae.train();
            Follows();
            prior.EndTask();
            Follows();
        }
    }

    [Fact]
    public void An_expanding_priors_density_in_a_step_follows_its_tasks()
    {
        using var prior = new ExpandingMixturePrior(2, 3);
        prior.Numbers.Waits = _ => true;
        var z = torch.randn(5, 2);
        // Half of the mixture is frozen twice over where an open task is not seen.
        double Density() => InAStep(() => prior.LogProb(z).sum().ToDouble());
        var open = Density();
        prior.EndTask();
        Density().Should().BeApproximately(open, 1e-5, "the same components, frozen");
        prior.BeginTask();
        var both = Density();
        prior.Numbers.Forget();
        Density().Should().Be(both).And.NotBe(open);
    }

    [Fact]
    public void Priors_forget_when_a_model_is_put_into_training_or_evaluation_outside_of_a_step()
    {
        using var vae = Boosted();
        var prior = (BoostedPrior)vae.Prior;
        prior.BeginTask(torch.rand(40, 6));
        prior.Numbers.Waits = _ => true;
        bool InAStepOpen() => InAStep(() => prior.IsTaskOpen ? 1 : 0) == 1;
        InAStepOpen().Should().BeTrue();
        prior.get_buffer("state")!.copy_(torch.tensor([1L, 0L]));
        InAStep(() =>
        {
            vae.train();
            return prior.IsTaskOpen ? 1 : 0;
        }).Should().Be(1, "a step's own modes load nothing");
        vae.train();
        InAStepOpen().Should().BeFalse();
        var file = Path.Combine(Directory.CreateTempSubdirectory("vaetoolkit-").FullName, "weights.safetensors");
        ModelWeights.Save(vae, file, "test");
        prior.get_buffer("state")!.copy_(torch.tensor([1L, 1L]));
        prior.Numbers.Forget();
        InAStepOpen().Should().BeTrue();
        ModelWeights.Load(vae, file, "test");
        InAStepOpen().Should().BeFalse("what is loaded counts at once");
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static Vae Boosted()
    {
        var encoder = new MlpEncoder(6, latentSize: 2, hidden: [8]);
        return new(encoder, new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)), new BoostedPrior(encoder, [6], new()
        {
            MaxComponents = 4,
        }));
    }

    private static double InAStep(Func<double> look)
    {
        using var counter = new Counter();
        var seen = double.NaN;
        using var optimizer = torch.optim.SGD(counter.parameters(), 0.1);
        using var batch = new Batch(torch.ones(2, 1));
        TrainingLoop.Step(counter, new Look(() => seen = look()), batch, optimizer);
        return seen;
    }

    private sealed class Counter : torch.nn.Module
    {
        public Counter()
            : base(nameof(Counter))
        {
            register_parameter("weight", new TorchSharp.Modules.Parameter(torch.ones(1)));
            register_buffer("count", torch.ones([1L], torch.int64));
        }

        public void Set(long value) => get_buffer("count")!.fill_(value);

        public void Grow() => get_buffer("count")!.set_(torch.tensor([4L, 4L]));
    }

    private sealed class Look(Action look) : Objective<Counter>
    {
        public override ObjectiveResult Compute(Counter model, Batch batch)
        {
            look();
            return new(model.get_parameter("weight")!.sum());
        }
    }
}
