using BenchmarkDotNet.Attributes;
using VaeToolkit.Models;

namespace VaeToolkit.Benchmarks;

/// <summary>Writing and reading the weights of the 784-300-300-40 VAE.</summary>
public class StorageBenchmarks
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"vaetoolkit-benchmark-{Environment.ProcessId}.safetensors");
    private Vae vae = null!;

    /// <summary>Builds the model and writes one file to read.</summary>
    [GlobalSetup]
    public void Build()
    {
        vae = TrainingWorkload.NewModel();
        vae.SaveWeights(path);
    }

    /// <summary>Frees the model and deletes the file.</summary>
    [GlobalCleanup]
    public void Free()
    {
        vae.Dispose();
        File.Delete(path);
    }

    /// <summary>Writes the weights.</summary>
    [Benchmark]
    public void Save() => vae.SaveWeights(path);

    /// <summary>Reads them back.</summary>
    [Benchmark]
    public void Load() => vae.LoadWeights(path);
}
