using VaeToolkit.VisualFields;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the library of visual fields.</summary>
internal static class VisualFieldEntries
{
    public static IEnumerable<ModuleEntry> All =>
    [
        ModuleEntry.OfEncoder(nameof(FieldEncoder), () => new FieldEncoder(2), 4, 2, 12, 12),
        ModuleEntry.Of("FieldEncoder of points", () => new FieldEncoder(2, FieldCode.Point), (encoder, place)
            => encoder.forward(place.Unit(4, 2, 12, 12)).Mean.square().mean()),
        ModuleEntry.OfDecoder(nameof(FieldDecoder), () => new FieldDecoder(2, FieldLayout.TwentyFourTwo)),
        ModuleEntry.OfDecoder("FieldDecoder of fixed noise", () => new FieldDecoder(2, FieldLayout.TwentyFourTwo, noiseDecibels: 3)),
    ];

    /// <summary>A VAE of fields whose encoder gives points.</summary>
    public static Vae Points() => FieldVae.Create(FieldLayout.TwentyFourTwo, new() { LatentSize = 2, Regulariser = FieldRegulariser.Mmd });
}
