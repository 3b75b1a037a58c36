using BenchmarkDotNet.Attributes;
using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Models;
using VaeToolkit.Objectives;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>What one training step of the 784-300-300-40 VAE is made of.</summary>
public class StepBenchmarks
{
    private readonly Elbo objective = new();
    private Vae vae = null!;
    private FusedAdam fused = null!;
    private torch.optim.Optimizer plain = null!;
    private ImageData images = null!;
    private Batch batch = null!;
    private torch.Tensor small = null!;

    /// <summary>Items a batch.</summary>
    [Params(100, 500)]
    public int Items { get; set; }

    /// <summary>Builds the model, its optimisers and one batch.</summary>
    [GlobalSetup]
    public void Build()
    {
        vae = TrainingWorkload.NewModel();
        fused = new FusedAdam(vae.parameters(), learningRate: 5e-4);
        plain = torch.optim.Adam(vae.parameters(), lr: 5e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8);
        images = ImageData.SyntheticDigits(count: 2_000, testCount: 0);
        using var all = images.InOrder(Items).GetEnumerator();
        all.MoveNext();
        batch = new Batch(all.Current.Items.clone().DetachFromDisposeScope());
        small = torch.ones(64, 64).DetachFromDisposeScope();
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Free()
    {
        IDisposable[] owned = [fused, plain, vae, images, batch, small];
        Array.ForEach(owned, one => one.Dispose());
    }

    /// <summary>Objective, backward pass and the fused Adam.</summary>
    [Benchmark(Baseline = true)]
    public double Step() => TrainingLoop.Step(vae, objective, batch, fused).Loss;

    /// <summary>The same with TorchSharp's Adam.</summary>
    [Benchmark]
    public double StepWithPlainAdam() => TrainingLoop.Step(vae, objective, batch, plain).Loss;

    /// <summary>The objective alone, without gradients.</summary>
    [Benchmark]
    public double Objective()
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        return objective.Compute(vae, batch).Loss.ToDouble();
    }

    /// <summary>One epoch of 2000 images in shuffled batches, without a model.</summary>
    [Benchmark]
    public long GatherBatches() => images.Batches(Items, seed: 1, epoch: 0).Sum(one => one.Items.shape[0]);

    /// <summary>One addition of two 64 by 64 tensors: what a call costs.</summary>
    [Benchmark]
    public void Add()
    {
        using var sum = small + small;
    }
}
