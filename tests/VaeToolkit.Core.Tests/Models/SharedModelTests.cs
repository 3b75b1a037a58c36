using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

/// <summary>Threads that share a model which is not frozen.</summary>
public sealed class SharedModelTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Threads_read_together_and_modes_are_afterwards_as_they_were(bool training)
    {
        using var vae = FrozenVaeTests.Trained("mixture");
        vae.train(training);
        ((torch.nn.Module)vae.Decoder).eval();
        var modes = Modes(vae);
        var x = torch.rand(5, 12);
        var statistics = Statistics(vae);
        var expected = Enumerable.Range(0, 20).Select(call => Ask(vae, x, call)).ToArray();
        var wrong = 0;
        FrozenVaeTests.RunBeside(thread =>
        {
            for (var i = 0; i < 200; i++)
            {
                var call = (i + thread) % expected.Length;
                if (!Ask(vae, x, call).SequenceEqual(expected[call]))
                    Interlocked.Increment(ref wrong);
            }
        });
        wrong.Should().Be(0);
        Modes(vae).Should().Equal(modes);
        Statistics(vae).Should().Equal(statistics);
    }

    [Fact]
    public void Modes_come_back_when_the_last_reader_has_left_whoever_came_first()
    {
        using var vae = FrozenVaeTests.Trained("mixture");
        var first = ModelUse.Read(vae.Encoder);
        var second = ModelUse.Read(vae);
        first.Dispose();
        vae.Encoder.training.Should().BeFalse("the model is still read");
        second.Dispose();
        Modes(vae).Should().OnlyContain(mode => mode);

        first = ModelUse.Read(vae);
        second = ModelUse.Read(vae.Encoder);
        first.Dispose();
        vae.Encoder.training.Should().BeFalse("the encoder is still read");
        second.Dispose();
        Modes(vae).Should().OnlyContain(mode => mode);
    }

    [Fact]
    public void A_model_in_training_refuses_other_threads_and_says_what_to_do()
    {
        using var vae = FrozenVaeTests.Trained("mixture");
        using var other = FrozenVaeTests.Trained("mixture");
        var x = torch.rand(5, 12);
        using (ExclusiveUse.Begin(vae, "is being trained"))
        {
            vae.Reconstruct(x).shape.Should().Equal([5, 12], "the training thread itself may ask");
            FailureElsewhere(() => vae.Reconstruct(x)).Should().BeOfType<InvalidOperationException>()
                .Which.Message.Should().Contain("Vae is being trained on another thread").And.Contain("Freeze()");
            FailureElsewhere(() => EvaluationMode.Enter(vae.Encoder).Dispose()).Should().BeOfType<InvalidOperationException>(
                "a part of it is no less in training");
            var sharing = new Vae(vae.Encoder, other.Decoder, other.Prior);
            FailureElsewhere(() => EvaluationMode.Enter(sharing).Dispose()).Should().BeOfType<InvalidOperationException>(
                "one part of each is the same");
            FailureElsewhere(() => ExclusiveUse.Begin(vae, "is being trained").Dispose()).Should().BeOfType<InvalidOperationException>();
            FailureElsewhere(() => other.Reconstruct(x)).Should().BeNull("another model is nobody's business");
        }
        FailureElsewhere(() => vae.Reconstruct(x)).Should().BeNull();
    }

    [Fact]
    public void A_model_that_is_read_cannot_be_trained_elsewhere_meanwhile()
    {
        using var vae = FrozenVaeTests.Trained("mixture");
        using var data = new TensorData(torch.rand(20, 12));
        using (EvaluationMode.Enter(vae))
        {
            FailureElsewhere(() => Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 1, BatchSize = 10 }))
                .Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("is being read on another thread");
        }
        FailureElsewhere(() => Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 1, BatchSize = 10 })).Should().BeNull();
        Modes(vae).Should().OnlyContain(mode => mode);
    }

    [Fact]
    public void Reading_in_the_middle_of_training_is_the_trainers_right()
    {
        using var vae = FrozenVaeTests.Trained("mixture");
        using var data = new TensorData(torch.rand(20, 12));
        using var optimizer = torch.optim.Adam(vae.parameters());
        foreach (var batch in data.InOrder(10))
        {
            TrainingLoop.Step(vae, new Elbo(), batch, optimizer);
            vae.Sample(1).Dispose();
            Modes(vae).Should().OnlyContain(mode => mode);
        }
    }

    [Fact]
    public void A_seed_gives_the_same_draws_on_a_thread_of_its_own_and_nested_sources_come_back()
    {
        using var vae = FrozenVaeTests.Trained("mixture");
        using var own = new Vae(new NormalisedEncoder(12, 3), new MlpDecoder(3, [4], ObservationModel.Gaussian(1, 12)),
            new StandardNormalPrior(3));
        using (NoiseSource.Begin(vae.Prior, 4))
        {
            var outer = NoiseSource.OfThisThread;
            var first = torch.randn(2, generator: outer).Values();
            using (NoiseSource.Begin(vae.Prior, 4))
                torch.randn(2, generator: NoiseSource.OfThisThread).Values().Should().Equal(first);
            NoiseSource.OfThisThread.Should().BeSameAs(outer);
        }
        NoiseSource.OfThisThread.Should().BeNull();

        // Parts from elsewhere may draw from torch's own generator, which is therefore seeded for them.
        double[] Shared(torch.nn.Module model)
        {
            using var noise = NoiseSource.Begin(model, 6);
            return torch.randn(2).Values();
        }
        Shared(own).Should().Equal(Shared(own));
        Shared(own.Decoder).Should().NotEqual(Shared(own.Decoder), "the library's parts do not touch it");
    }

    private static double[] Ask(Vae vae, torch.Tensor x, int call)
    {
        using var scope = torch.NewDisposeScope();
        return vae.Reconstruct(x + (call / 100f)).Values();
    }

    private static bool[] Modes(Vae vae) => [.. vae.modules().Prepend(vae).Select(part => part.training)];

    private static double[] Statistics(Vae vae) => [.. vae.buffers().SelectMany(buffer => buffer.Values())];

    private static Exception? FailureElsewhere(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            using var scope = torch.NewDisposeScope();
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure;
    }
}
