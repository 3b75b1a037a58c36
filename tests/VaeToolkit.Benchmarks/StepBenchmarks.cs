using BenchmarkDotNet.Attributes;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>What one training step of the 784-300-300-40 VAE is made of.</summary>
public class StepBenchmarks
{
    private readonly Elbo _objective = new();
    private Vae _vae = null!;
    private FusedAdam _fused = null!;
    private torch.optim.Optimizer _plain = null!;
    private ImageData _images = null!;
    private Batch _batch = null!;
    private torch.Tensor _small = null!;

    /// <summary>Items a batch.</summary>
    [Params(100, 500)]
    public int Items { get; set; }

    /// <summary>Builds the model, its optimisers and one batch.</summary>
    [GlobalSetup]
    public void Build()
    {
        _vae = TrainingWorkload.NewModel();
        _fused = new FusedAdam(_vae.parameters(), learningRate: 5e-4);
        _plain = torch.optim.Adam(_vae.parameters(), lr: 5e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8);
        _images = ImageData.SyntheticDigits(count: 2_000, testCount: 0);
        using var all = _images.InOrder(Items).GetEnumerator();
        all.MoveNext();
        _batch = new Batch(all.Current.Items.clone().DetachFromDisposeScope());
        _small = torch.ones(64, 64).DetachFromDisposeScope();
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Free()
    {
        IDisposable[] owned = [_fused, _plain, _vae, _images, _batch, _small];
        Array.ForEach(owned, one => one.Dispose());
    }

    /// <summary>Objective, backward pass and the fused Adam.</summary>
    [Benchmark(Baseline = true)]
    public double Step() => TrainingLoop.Step(_vae, _objective, _batch, _fused).Loss;

    /// <summary>The same with TorchSharp's Adam.</summary>
    [Benchmark]
    public double StepWithPlainAdam() => TrainingLoop.Step(_vae, _objective, _batch, _plain).Loss;

    /// <summary>The objective alone, without gradients.</summary>
    [Benchmark]
    public double Objective()
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        return _objective.Compute(_vae, _batch).Loss.ToDouble();
    }

    /// <summary>One epoch of 2000 images in shuffled batches, without a model.</summary>
    [Benchmark]
    public long GatherBatches() => _images.Batches(Items, seed: 1, epoch: 0).Sum(one => one.Items.shape[0]);

    /// <summary>One addition of two 64 by 64 tensors: what a call costs.</summary>
    [Benchmark]
    public void Add()
    {
        using var sum = _small + _small;
    }
}
