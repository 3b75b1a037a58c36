using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>
/// Pictures of 0 and 1, turned, stretched, slanted and moved a little, differently every time: few labelled pictures then say more. In
/// stored order they are shown as they are.
/// </summary>
/// <param name="source">The pictures.</param>
/// <param name="degrees">How far they are turned at most.</param>
/// <param name="stretch">By which share they are stretched and slanted at most.</param>
/// <param name="move">By how many pixels they are moved at most.</param>
internal sealed class WarpedPictures(DataSource source, double degrees = 15, double stretch = 0.15, double move = 2) : DataSource
{
    public override long Count => source.Count;

    public override IReadOnlyList<long> ItemShape => source.ItemShape;

    public override string? Fingerprint() => source.Fingerprint();

    public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
    {
        long index = 0;
        foreach (var batch in source.Batches(size, seed, epoch))
        {
            using var warped = Warp(batch, unchecked((seed * 1_000_003) + (epoch * 10_007L) + index++));
            yield return warped;
        }
    }

    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => source.InOrder(size, seed);

    protected override void Dispose(bool disposing)
    {
    }

    private Batch Warp(Batch batch, long seed)
    {
        using var scope = torch.NewDisposeScope();
        using var random = SeedScope.Begin(seed);
        var (rows, columns) = Places(batch.Size);
        var (up, left) = (rows.floor(), columns.floor());
        var (down, right) = (rows - up, columns - left);
        var pixels = batch.Items.flatten(1);
        var upper = ((1 - right) * Pixels(pixels, up, left)) + (right * Pixels(pixels, up, left + 1));
        var lower = ((1 - right) * Pixels(pixels, up + 1, left)) + (right * Pixels(pixels, up + 1, left + 1));
        var values = ((1 - down) * upper) + (down * lower);
        return new Batch(values.gt(0.5).to(torch.float32).reshape(batch.Items.shape), batch.Labels?.alias())
        {
            LabelledItems = batch.LabelledItems,
        };
    }

    // Where each pixel of a picture comes from, in rows and columns of pixels, both [N, H W].
    private (torch.Tensor Rows, torch.Tensor Columns) Places(long count)
    {
        var (height, width) = (ItemShape[1], ItemShape[2]);
        var place = torch.arange(height * width, dtype: torch.int64);
        var (middleRow, middleColumn) = ((height - 1) / 2.0, (width - 1) / 2.0);
        var row = place.div(width, torch.RoundingMode.floor).to(torch.float32) - middleRow;
        var column = place.remainder(width).to(torch.float32) - middleColumn;
        torch.Tensor Within(double bound) => (torch.rand(count, 1) * (2 * bound)) - bound;
        var (turn, slant) = (Within(degrees * Math.PI / 180), Within(stretch));
        var rows = (((turn.cos() * row) + (turn.sin() * column)) * (1 + Within(stretch))) + middleRow + Within(move);
        var columns = (((turn.cos() * column) - (turn.sin() * row)) * (1 + Within(stretch))) + (slant * row) + middleColumn + Within(move);
        return (rows, columns);
    }

    // The pixels at whole places; 0 outside the picture.
    private torch.Tensor Pixels(torch.Tensor pixels, torch.Tensor rows, torch.Tensor columns)
    {
        var (height, width) = (ItemShape[1], ItemShape[2]);
        var inside = rows.ge(0).logical_and(rows.lt(height)).logical_and(columns.ge(0)).logical_and(columns.lt(width)).to(torch.float32);
        var place = (rows.clamp(0, height - 1) * width) + columns.clamp(0, width - 1);
        return pixels.gather(1, place.to(torch.int64)) * inside;
    }
}
