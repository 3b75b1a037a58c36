using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>Slices of test patients beside what the methods make of them, and the kernels that the priors know.</summary>
internal static class Pictures
{
    private const int Patients = 6;

    /// <summary>Keeps what a method predicts for the first patients, whichever worker trained it.</summary>
    public static void Keep(string folder, TargetMethod method, SegmentationPrediction prediction)
    {
        using var scope = torch.NewDisposeScope();
        var count = Math.Min(Patients, prediction.Entropy.shape[0]);
        SafeTensors.Write(FileOf(folder, method), new Dictionary<string, torch.Tensor>
        {
            ["labels"] = prediction.Labels().narrow(0, 0, count),
            ["entropy"] = prediction.Entropy.narrow(0, 0, count),
        });
    }

    /// <summary>Whether there is something of a method.</summary>
    public static bool HasKept(string folder, TargetMethod method) => File.Exists(FileOf(folder, method));

    /// <summary>A row for each patient: the image, the truth (green), then each method's prediction (red) and its uncertainty.</summary>
    public static void SaveSlices(string path, IReadOnlyList<Subject> test, string folder, IReadOnlyList<TargetMethod> methods)
    {
        using var scope = torch.NewDisposeScope();
        var kept = methods.Select(method => SafeTensors.Read(FileOf(folder, method))).ToList();
        var panels = new List<torch.Tensor>();
        for (var i = 0; i < Math.Min(Patients, test.Count); i++)
        {
            var truth = test[i].Prepared.Labels!.ToTensor();
            var depth = truth.sum([1L, 2L]).argmax().item<long>();
            var slice = Grey(test[i].Prepared.Image.ToTensor()[0, depth]);
            panels.AddRange([slice, Tinted(slice, truth[depth], channel: 1)]);
            foreach (var file in kept)
            {
                panels.Add(Tinted(slice, file.Tensors["labels"][i, depth], channel: 0));
                panels.Add((file.Tensors["entropy"][i, depth] / Math.Log(2)).clamp(0, 1).unsqueeze(0).expand(3, -1, -1));
            }
        }
        ImageGrid.Save(path, torch.stack(panels), columns: 2 + 2 * methods.Count, scale: 3);
        kept.ForEach(file => file.Dispose());
    }

    /// <summary>Held kernels, their reconstructions and samples of the prior, each as its three 3×3 slices side by side.</summary>
    public static void SaveKernels(string path, SnapshotSet source, SourcePriors priors)
    {
        const int Columns = 12;
        using var scope = torch.NewDisposeScope();
        var rows = new List<torch.Tensor>();
        foreach (var set in KernelHarvest.Of(source, priors.Grouping))
        {
            using (set)
            {
                var prior = priors.Groups[set.Group].Vae;
                var kernels = set.Kernels.narrow(0, 0, Math.Min(Columns, set.Count)) / prior.Scale;
                var reconstructed = prior.Vae.Reconstruct(kernels).flatten(1);
                var sampled = prior.SampleMeans(kernels.shape[0]) / prior.Scale;
                rows.AddRange([kernels, reconstructed, sampled]);
            }
        }
        var images = rows.Select(row => Padded(row.reshape([-1L, 3, 3, 3]).permute(0, 2, 1, 3).reshape([-1L, 1, 3, 9]), Columns)).ToList();
        ImageGrid.Save(path, (torch.cat(images) / 6 + 0.5).clamp(0, 1), columns: Columns, scale: 6);
    }

    private static string FileOf(string folder, TargetMethod method)
        => Path.Combine(folder, $"picture-{Cell.ShortName(method)}.safetensors");

    private static torch.Tensor Padded(torch.Tensor row, int columns)
        => row.shape[0] == columns ? row : torch.cat([row, torch.zeros([columns - row.shape[0], .. row.shape.Skip(1)])]);

    private static torch.Tensor Grey(torch.Tensor slice) => ((slice + 2) / 6).clamp(0, 1).unsqueeze(0).expand(3, -1, -1);

    private static torch.Tensor Tinted(torch.Tensor slice, torch.Tensor mask, int channel)
    {
        var tint = torch.zeros([3L, 1, 1]);
        tint[channel].fill_(1);
        return slice * (1 - mask.to(torch.float32) * 0.5) + tint * mask.to(torch.float32) * 0.5;
    }
}
