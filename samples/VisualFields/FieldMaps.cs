using TorchSharp;
using VaeToolkit.VisualFields;

namespace VaeToolkit.Samples;

/// <summary>
/// Grey-scale maps of one eye: what was measured, what the model makes of it, and what was expected from the first three fields.
/// </summary>
internal static class FieldMaps
{
    private const double Outside = 0.5;

    /// <summary>The rows of the picture, from the top.</summary>
    public const string Rows = "From the top: the fields that were taken; the VAE's reconstructions; what shrunk rates expect from the "
        + "first three; what point-wise regression expects from them. Dark is blind, white is 35 dB";

    public static void Save(string path, FieldSeries eye, FieldSpace space, RandomSlopes shrinkage)
    {
        var known = eye.First(3);
        var pointwise = EyeRates.Of(new PlacewiseSpace(space.Layout), known);
        IEnumerable<IReadOnlyList<double>> rows =
        [
            .. eye.Fields.Select(field => field.Sensitivities),
            .. space.Decode(space.Encode(eye.Fields)),
            .. eye.Years.Select(years => shrinkage.Forecast(known, years).Sensitivities),
            .. eye.Years.Select(years => pointwise.Forecast(years).Sensitivities),
        ];
        using var scope = torch.NewDisposeScope();
        ImageGrid.Save(path, torch.stack(rows.Select(row => Map(space.Layout, row))), columns: eye.Count, scale: 8);
    }

    private static torch.Tensor Map(FieldLayout layout, IReadOnlyList<double> sensitivities)
    {
        var picture = torch.full([FieldLayout.PictureSize, FieldLayout.PictureSize], Outside, torch.float32);
        for (var k = 0; k < layout.Count; k++)
        {
            var (place, value) = (layout.Places[k], sensitivities[k]);
            picture[place.Row, place.Column] = double.IsNaN(value) ? Outside : value / FieldPictures.Decibels;
        }
        // Rows above and below the pattern would be empty.
        return picture[1..11, 0..11];
    }
}
