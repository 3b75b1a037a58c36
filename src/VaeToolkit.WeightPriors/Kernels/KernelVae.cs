using System.Globalization;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A VAE over the convolution kernels of a group: the implicit density p(w) = ∫ p(w|z) N(z; 0, I) dz of Atanov et al. (2019). It is an
/// ordinary <see cref="Vae"/> over standardised kernels u = w/s, with the scale s beside it: log p(w) = log p(u) − D log s.
/// </summary>
public sealed class KernelVae : IDisposable
{
    /// <summary>The kind that saved files carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.kernel-vae";

    private const int FormatVersion = 1;
    private readonly KernelArchitecture _architecture;
    private readonly double _floor;

    internal KernelVae(IReadOnlyList<long> kernelShape, double scale, KernelArchitecture architecture, long latentSize, double floor)
    {
        (KernelShape, Scale, _architecture, _floor) = (kernelShape, scale, architecture, floor);
        Vae = KernelNetworks.Create(kernelShape, architecture, latentSize, floor);
    }

    /// <summary>
    /// The VAE over standardised kernels, <c>[N, D]</c>. What it was trained with (<see cref="TrainingRecord.Of"/>) says their range.
    /// </summary>
    public Vae Vae { get; }

    /// <summary>s, the standard deviation of the kernels that it was trained on.</summary>
    public double Scale { get; }

    /// <summary>A kernel's shape, such as <c>[3, 3, 3]</c>.</summary>
    public IReadOnlyList<long> KernelShape { get; }

    /// <summary>D, the values of a kernel.</summary>
    public long KernelSize => Shape.Size(KernelShape);

    /// <summary>
    /// Kernels for z drawn from the prior, s E[u|z], without gradients. Random numbers come from torch's default generator.
    /// </summary>
    /// <param name="count">N, at least 1.</param>
    /// <returns><c>[N, D]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public torch.Tensor SampleMeans(long count)
    {
        using var scope = torch.NewDisposeScope();
        return (Vae.Sample(count).flatten(1) * Scale).MoveToOuterDisposeScope();
    }

    /// <summary>A copy with weights of its own, of the same type and on the same device, which the caller disposes.</summary>
    public KernelVae Copy()
    {
        var copy = new KernelVae(KernelShape, Scale, _architecture, Vae.LatentSize, _floor);
        var like = Vae.parameters().First();
        copy.Vae.to(like.device, like.dtype);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var weights = Vae.state_dict();
        foreach (var (name, tensor) in copy.Vae.state_dict())
            tensor.copy_(weights[name]);
        TrainingRecord.Set(copy.Vae, TrainingRecord.Of(Vae));
        return copy;
    }

    /// <summary>
    /// Writes weights, shape, scale and what it was trained with as safetensors, to a temporary name first.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        var metadata = SafeTensors.Kind(Kind, FormatVersion);
        metadata["kernel_shape"] = string.Join(",", KernelShape);
        metadata["latent_size"] = Vae.LatentSize.ToString(CultureInfo.InvariantCulture);
        metadata["architecture"] = _architecture.ToString();
        metadata["scale"] = Scale.ToString("R", CultureInfo.InvariantCulture);
        metadata["log_variance_floor"] = _floor.ToString("R", CultureInfo.InvariantCulture);
        TrainingRecord.Of(Vae)?.AddTo(metadata);
        using var scope = torch.NewDisposeScope();
        SafeTensors.Write(path, Vae.state_dict(), metadata);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The kernel VAE, which the caller disposes.</returns>
    /// <exception cref="SafeTensorsException">The file is damaged, of another kind, or its metadata make no sense.</exception>
    /// <exception cref="WeightsMismatchException">The weights do not fit the metadata.</exception>
    public static KernelVae Load(string path)
    {
        using var file = SafeTensors.Read(path);
        file.RequireKind(Kind, FormatVersion);
        var loaded = KernelVaeMetadata.Read(file).Create();
        try
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            ModelWeights.RequireSame(loaded.Vae.state_dict(), file.Tensors, $"'{path}'");
            if (file.Tensors.Values.All(tensor => tensor.dtype == torch.float64))
                loaded.Vae.to(torch.float64);
            var target = loaded.Vae.state_dict();
            foreach (var (name, tensor) in target)
                tensor.copy_(file.Tensors[name]);
            TrainingRecord.Set(loaded.Vae, TrainingRecord.In(file));
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>The VAE and the scale.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"KernelVae of {Shape.Text(KernelShape)} kernels, scale {Scale:G4}; {Vae}");

    /// <summary>Releases the VAE.</summary>
    public void Dispose() => Vae.Dispose();
}
