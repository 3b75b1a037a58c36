using TorchSharp;
using VaeToolkit.SemiSupervised;
using Bottleneck = VaeToolkit.SemiSupervised.InformationBottleneck;

namespace VaeToolkit.Samples;

/// <summary>Prints every point of a curve when it is measured, and draws what the code of a top half then says about the bottom.</summary>
internal sealed class HalfPictures(Bottleneck model, TwoViews pairs, string output) : IProgress<InformationCurvePoint>
{
    private const int Columns = 16;

    public void Report(InformationCurvePoint value)
    {
        using var scope = torch.NewDisposeScope();
        Directory.CreateDirectory(output);
        var file = Path.Combine(output, FormattableString.Invariant($"halves-beta-{value.BetaOnInformation:G3}.png"));
        // A batch lives until the next one is asked for.
        var shown = pairs.InOrder(Columns).Select(batch => batch.Items.clone()).First();
        var top = shown.narrow(1, 0, model.InputShape[0]);
        ImageGrid.Save(file, torch.cat([shown, torch.cat([top, model.Predict(top)], 1)]).reshape(2 * Columns, 28, 28), Columns);
        Console.WriteLine($"{value}; {file}: pictures, and below them their top halves with what their code says about the bottom");
    }
}
