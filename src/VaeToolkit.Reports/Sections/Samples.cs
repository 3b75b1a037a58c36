using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>What the model makes of latent vectors drawn from the prior.</summary>
internal sealed class Samples : IReportSection
{
    public ReportSection? Make(ReportContext context)
    {
        if (ItemPictures.For(context) is not { } pictures)
            return null;
        using var scope = torch.NewDisposeScope();
        return new("Samples", ReportPictures.Of(
            "New items: means E[x|z] for z drawn from the prior", "48 samples in 4 rows.",
            pictures.Of(context.Vae!.Sample(48, context.Options.Seed)), columns: 12));
    }
}
