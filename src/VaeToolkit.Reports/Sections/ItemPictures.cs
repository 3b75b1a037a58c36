using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>Items as pictures, where they are: one channel or three, or a flat square; values brought into [0, 1].</summary>
internal sealed class ItemPictures
{
    private readonly double _least;
    private readonly double _span;

    private ItemPictures(double least, double span) => (_least, _span) = (least, span);

    /// <summary>For a model's items, or null where they are no pictures.</summary>
    public static ItemPictures? For(ReportContext context) => context.Vae is { } vae ? For(vae) : null;

    /// <summary>The same for a model.</summary>
    public static ItemPictures? For(Vae model)
    {
        if (!ArePictures(model.ItemShape))
            return null;
        var record = Storage.TrainingRecord.Of(model);
        var (least, most) = (Math.Min(0, record?.Least ?? 0), Math.Max(1, record?.Most ?? 1));
        return new(least, most - least);
    }

    /// <summary>A batch of items as pictures, of the caller's dispose scope.</summary>
    public torch.Tensor Of(torch.Tensor items) => (items.detach() - _least) / _span;

    private static bool ArePictures(IReadOnlyList<long> shape) => shape switch
    {
        [var flat] => flat >= 16 && Math.Sqrt(flat) % 1 == 0,
        [> 1, > 1] => true,
        [1 or 3, > 1, > 1] => true,
        _ => false,
    };
}
