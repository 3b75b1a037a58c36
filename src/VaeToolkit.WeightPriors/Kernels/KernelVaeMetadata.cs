using System.Globalization;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>What a saved kernel VAE says of itself, taken for hostile.</summary>
internal sealed record KernelVaeMetadata(long[] KernelShape, double Scale, KernelArchitecture Architecture, long LatentSize, double Floor)
{
    private const int LargestEdge = 15;
    private const int LargestLatent = 1024;

    internal static KernelVaeMetadata Read(SafeTensorsFile file)
    {
        var edges = Text("kernel_shape").Split(',').Select(part => Whole("kernel_shape", part, LargestEdge)).ToArray();
        if (edges.Length > 3)
            throw Fail("kernel_shape", "has more than three axes");
        if (!Enum.TryParse<KernelArchitecture>(Text("architecture"), out var architecture) || !Enum.IsDefined(architecture))
            throw Fail("architecture", "is none that this library knows");
        if (architecture == KernelArchitecture.Convolutional && edges is not [3, 3, 3])
            throw Fail("architecture", $"is Convolutional, which is for kernels of [3, 3, 3], but they are {Shape.Text(edges)}");
        return new(edges, Number("scale", Text("scale"), double.Epsilon, double.MaxValue), architecture,
            Whole("latent_size", Text("latent_size"), LargestLatent), Number("log_variance_floor", Text("log_variance_floor"), -100, 100));

        string Text(string key) => file.Metadata.TryGetValue(key, out var text) ? text : throw Fail(key, "is missing");

        long Whole(string key, string text, long most)
            => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most
                ? value
                : throw Fail(key, $"must be a whole number from 1 to {most}");

        double Number(string key, string text, double least, double most)
            => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
                ? value
                : throw Fail(key, FormattableString.Invariant($"must be a number from {least} to {most}"));

        SafeTensorsException Fail(string key, string problem) => new(file.SourceFile, 0, $"the metadata '{key}' {problem}");
    }

    internal KernelVae Create() => new(KernelShape, Scale, Architecture, LatentSize, Floor);
}
