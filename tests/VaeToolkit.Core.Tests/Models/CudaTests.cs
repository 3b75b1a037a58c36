using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Models;

/// <summary>What a GPU computes against the CPU; <c>eng/gpu-check.sh</c> runs it on a machine that has one.</summary>
[Trait("Category", "Cuda")]
public sealed class CudaTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [CudaFact]
    public void Posteriors_densities_and_divergences_are_those_of_the_CPU()
    {
        using var vae = Model();
        using var other = vae.Copy().to("cuda");
        var (x, z) = (Items(), torch.randn(3, 50, 4));
        var (q, p) = (vae.Encode(x), other.Encode(x.cuda()));
        Same(p.Mean, q.Mean);
        Same(other.Decode(z.cuda()).LogProb(x.cuda()), vae.Decode(z).LogProb(x));
        Same(other.Prior.LogProb(z.cuda()), vae.Prior.LogProb(z));
        Same(p.LogProb(z.cuda()), q.LogProb(z));
    }

    [CudaFact]
    public void Adam_steps_as_on_the_CPU()
    {
        var start = torch.randn(200);
        using var here = new TorchSharp.Modules.Parameter(start.clone());
        using var there = new TorchSharp.Modules.Parameter(start.cuda());
        using var adam = new FusedAdam([here], 1e-2);
        using var other = new FusedAdam([there], 1e-2);
        for (var step = 0; step < 20; step++)
        {
            foreach (var (parameter, optimizer) in new[] { (here, adam), (there, other) })
            {
                optimizer.zero_grad();
                (parameter.square().sum() + parameter.sin().sum()).backward();
                optimizer.step();
            }
        }
        Same(there, here);
    }

    [CudaFact]
    public void Training_and_the_likelihood_of_what_was_trained_agree_with_the_CPU()
    {
        using var data = new TensorData(Items(400));
        using var there = data.To("cuda");
        var options = new TrainingOptions { Epochs = 30, BatchSize = 50, LearningRate = 5e-3, Seed = 4 };
        using var vae = Model();
        using var other = vae.Copy().to("cuda");
        Trainer.Fit(vae, new Elbo(), data, validation: null, options);
        Trainer.Fit(other, new Elbo(), there, validation: null, options);
        var importance = new ImportanceOptions { Samples = 200, Seed = 5 };
        var (cpu, cuda) = (Evaluate.NegativeLogLikelihood(vae, data, importance), Evaluate.NegativeLogLikelihood(other, there, importance));
        // The same items: what differs is the noise of two trainings, far below the spread of items.
        cuda.Mean.Should().BeApproximately(cpu.Mean, 2 * cpu.StandardError);
    }

    [CudaFact]
    public void Batches_that_are_sent_one_by_one_train_as_those_that_lie_there()
    {
        using var data = new TensorData(Items(400));
        using var there = data.To("cuda");
        using var sent = new DeviceData(data, torch.CUDA);
        using var model = Model();
        var options = new TrainingOptions { Epochs = 2, BatchSize = 50, Seed = 4 };
        double[] Losses(DataSource source)
        {
            using var vae = model.Copy().to("cuda");
            return [.. Trainer.Fit(vae, new Elbo(), source, validation: null, options).History.Select(epoch => epoch.TrainLoss)];
        }
        Losses(sent).Zip(Losses(there)).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-3);
    }

    private static Vae Model() => new(
        new MlpEncoder(20, latentSize: 4, hidden: [16]), new MlpDecoder(4, [16], ObservationModel.Bernoulli(20)),
        new StandardNormalPrior(4));

    private static torch.Tensor Items(long count = 50) => (torch.rand(count, 20) + torch.rand(count, 1)).gt(1).to(torch.float32);

    private static void Same(torch.Tensor cuda, torch.Tensor cpu)
    {
        cuda.device_type.Should().Be(DeviceType.CUDA);
        cuda.cpu().Values().Zip(cpu.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-4 * (1 + Math.Abs(p.Second)));
    }
}
