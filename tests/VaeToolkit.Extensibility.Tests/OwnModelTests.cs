using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Extensibility.Tests;

/// <summary>A model with another graph, and another way to train, written with what is public.</summary>
public sealed class OwnModelTests : IDisposable
{
    private const double Variance = 0.25;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(11);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    /// <summary>
    /// Given the class, the model is linear in z with noise of a fixed variance σ², so its optimum is probabilistic PCA's: with λ the
    /// eigenvalues of the covariance within classes, z takes the two largest, at ½ ln(λ / σ²) nats each.
    /// </summary>
    [Fact]
    public void Conditional_model_of_somebody_elses_reaches_the_optimum_that_is_known_in_closed_form()
    {
        var labels = torch.arange(600, dtype: torch.int64).remainder(3);
        var means = torch.tensor(new float[,] { { -1, 0, 2, 1, 0, -2 }, { 1, 1, -1, 0, 2, 0 }, { 0, -2, 0, 1, -1, 1 } });
        var items = means.index_select(0, labels) + torch.randn([600L, 6L]) * Math.Sqrt(Variance);
        using var data = new TensorData(items, labels);
        using var model = new ClassModel(3, Variance);

        var result = Trainer.Fit(model, new ClassBound(), data, options: new() { Epochs = 60, BatchSize = 50, LearningRate = 1e-2 });

        var residuals = items - torch.stack([.. Enumerable.Range(0, 3)
            .Select(label => items[torch.TensorIndex.Tensor(labels.eq(label))].mean([0L]))]).index_select(0, labels);
        var spectrum = torch.linalg.eigvalsh(residuals.t().mm(residuals) / 600).data<float>().Select(value => (double)value).ToArray();
        var (noise, told) = (spectrum[..4], spectrum[4..]);
        var optimum = 3 * Math.Log(2 * Math.PI) + noise.Sum(value => Math.Log(Variance) + value / Variance) / 2
            + told.Sum(value => Math.Log(value) + 1) / 2;
        told.Should().OnlyContain(value => value > Variance);
        result.History[^1].TrainLoss.Should().BeApproximately(optimum, 0.07,
            "z's draws have a standard error of 0.02 and Adam is not still");
        result.History[^1].Terms["kl"].Should().BeApproximately(told.Sum(value => Math.Log(value / Variance) / 2), 0.07);
    }

    /// <summary>Encoder and decoder by turns: one learns while the other is frozen, and the best state is kept in a file.</summary>
    [Fact]
    public void Training_strategy_of_somebody_elses_freezes_checks_measures_and_saves_with_the_librarys_blocks()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "best.txt");
        using var data = new TensorData((torch.rand(256, 16) * torch.arange(16).remainder(4)).floor());
        using var vae = new Vae(
            new GatedEncoder(16, 3), new NormalisedDecoder(3, new PoissonObservations(16)), new LaplacePrior(3));
        // Each half has an optimiser of its own: Adam's momenta would move what rests.
        using var ofEncoder = torch.optim.Adam(vae.Encoder.parameters(), 1e-2);
        using var ofDecoder = torch.optim.Adam(vae.Decoder.parameters(), 1e-2);
        var (objective, finite, best) = (new Elbo(), new FiniteState(vae, endsWithOneItem: false), double.PositiveInfinity);
        var before = Loss(vae, objective, data);
        for (var epoch = 0; epoch < 20; epoch++)
        {
            var (resting, optimizer) = epoch % 2 == 0 ? ((torch.nn.Module)vae.Decoder, ofEncoder) : (vae.Encoder, ofDecoder);
            var held = resting.parameters().Select(parameter => parameter.detach().clone()).ToArray();
            using (new FrozenParameters(resting))
            {
                vae.train();
                foreach (var batch in data.Batches(32, seed: 1, epoch))
                    TrainingLoop.Step(vae, objective, batch, optimizer);
            }
            finite.Require(objective.StepsTaken);
            resting.parameters().Zip(held).Should().OnlyContain(pair => pair.First.equal(pair.Second).all().item<bool>());
            var loss = Loss(vae, objective, data);
            if (loss >= best)
                continue;
            best = loss;
            AtomicFile.Write(file, stream => stream.Write(BitConverter.GetBytes(best)));
        }
        vae.parameters().Should().OnlyContain(parameter => parameter.requires_grad, "all are free again");
        BitConverter.ToDouble(File.ReadAllBytes(file)).Should().Be(best).And.BeLessThan(before - 1);
        vae.training.Should().BeTrue("measuring puts the mode back");
    }

    private static double Loss(Vae vae, Elbo objective, TensorData data)
    {
        using var seed = SeedScope.Begin(5);
        using var mode = EvaluationMode.Enter(vae);
        using var scope = torch.NewDisposeScope();
        return data.InOrder(256).Average(batch => objective.ComputeForValidation(vae, batch).Loss.ToDouble());
    }
}
