using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>
/// Pictures of one white shape on black, one for every combination of five factors: shape, scale, orientation, column and row. After the
/// idea of dSprites (Matthey et al. 2017), drawn by the program; what made each picture is known, so disentanglement can be measured.
/// </summary>
public sealed class SpriteData : IDisposable
{
    private static readonly string[] s_names = ["shape", "scale", "orientation", "column", "row"];

    private SpriteData(ImageData images, FactorTable factors) => (Images, Factors) = (images, factors);

    /// <summary>
    /// The pictures, <c>[1, side, side]</c>, labelled with their shape, in the grid's order with the row changing fastest.
    /// </summary>
    public ImageData Images { get; }

    /// <summary>The factors of every picture.</summary>
    public FactorTable Factors { get; }

    /// <summary>Draws the whole grid.</summary>
    /// <param name="grid">The factors' sizes; null for 3 × 4 × 8 × 8 × 8 = 6 144 pictures of 32 × 32.</param>
    /// <param name="binarisation">How bytes become values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range, or the binarisation none of the
    /// enumeration's values.</exception>
    /// <exception cref="ArgumentException">The grid is too large to hold.</exception>
    public static SpriteData Draw(SpriteGrid? grid = null, Binarisation binarisation = Binarisation.Threshold)
    {
        grid = (grid ?? new()).Validated();
        OptionRange.RequireKnown(binarisation, nameof(binarisation));
        var combinations = Combinations(grid.Sizes);
        var area = grid.Side * grid.Side;
        var pixels = new byte[combinations.Length * area];
        // Parallel.For takes one worker more than the processors that .NET is told of: a process limited to one thread would use two.
        Parallel.For(
            0, combinations.Length, new() { MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => SpritePainter.Paint(pixels.AsSpan(i * area, area), grid, combinations[i]));
        using var scope = torch.NewDisposeScope();
        var images = torch.empty([combinations.Length, grid.Side, grid.Side], dtype: torch.uint8, device: torch.CPU);
        pixels.CopyTo(images.bytes);
        var labels = torch.tensor(combinations.Select(values => (long)values[0]).ToArray(), device: torch.CPU);
        return new(ImageData.FromTensor(images, labels, binarisation), new FactorTable(s_names, combinations));
    }

    /// <summary>Disposes the pictures.</summary>
    public void Dispose() => Images.Dispose();

    /// <summary>The pictures and their factors.</summary>
    public override string ToString() => $"{Images}; factors of {Factors}";

    private static int[][] Combinations(int[] sizes)
    {
        var count = sizes.Aggregate(1, (product, size) => product * size);
        var combinations = new int[count][];
        for (var i = 0; i < count; i++)
        {
            combinations[i] = new int[sizes.Length];
            for (var (rest, k) = (i, sizes.Length - 1); k >= 0; rest /= sizes[k], k--)
                combinations[i][k] = rest % sizes[k];
        }
        return combinations;
    }
}
