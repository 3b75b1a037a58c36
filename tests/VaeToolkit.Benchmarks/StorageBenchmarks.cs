using BenchmarkDotNet.Attributes;

namespace VaeToolkit.Benchmarks;

/// <summary>Writing and reading the weights of the 784-300-300-40 VAE.</summary>
public class StorageBenchmarks
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"vaetoolkit-benchmark-{Environment.ProcessId}.safetensors");
    private Vae _vae = null!;

    /// <summary>Builds the model and writes one file to read.</summary>
    [GlobalSetup]
    public void Build()
    {
        _vae = TrainingWorkload.NewModel();
        _vae.SaveWeights(_path);
    }

    /// <summary>Frees the model and deletes the file.</summary>
    [GlobalCleanup]
    public void Free()
    {
        _vae.Dispose();
        File.Delete(_path);
    }

    /// <summary>Writes the weights.</summary>
    [Benchmark]
    public void Save() => _vae.SaveWeights(_path);

    /// <summary>Reads them back.</summary>
    [Benchmark]
    public void Load() => _vae.LoadWeights(_path);
}
