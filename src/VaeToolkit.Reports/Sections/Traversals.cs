using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>Walks along the most active latent features.</summary>
internal sealed class Traversals : IReportSection
{
    private const int Features = 6;
    private const int Steps = 11;

    public ReportSection? Make(ReportContext context)
    {
        if (context.Latents is not { } latents || ItemPictures.For(context) is not { } pictures)
            return null;
        using var scope = torch.NewDisposeScope();
        int[] features = [.. latents.ByActivity.Take(Features)];
        var item = context.Items!.Head(1);
        var names = string.Join(", ", features.Select(feature => feature.ToString(CultureInfo.InvariantCulture)));
        return new("Latent traversals", ReportPictures.Of(
            $"The first item with one latent feature set from −3 to 3, a row each: features {names}",
            FormattableString.Invariant($"{features.Length} rows of {Steps} pictures; each row changes one latent feature from -3 to 3."),
            pictures.Of(LatentPictures.Traversal(context.Vae!, item, features, steps: Steps)), Steps));
    }
}
