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
        var (least, span) = Range(record?.Least ?? 0, record?.Most ?? 1);
        return new(least, span);
    }

    /// <summary>
    /// The value that is black, and how far above it white is: 0 and 1 where the values are of that size, otherwise what there is, from 0
    /// where that is as good as the least.
    /// </summary>
    internal static (double Least, double Span) Range(double least, double most)
    {
        if (least >= 0 && most is > 0.25 and <= 1)
            return (0, 1);
        var black = least > 0 && least < most - least ? 0 : least;
        return (black, most > black ? most - black : 1);
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
