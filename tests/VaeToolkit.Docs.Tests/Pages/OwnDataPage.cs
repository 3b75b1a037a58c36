using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class OwnDataPage
{
    public static void Table()
    {
        #region
        string[][] cells = [.. File.ReadLines("sensors.csv").Skip(1).Select(line => line.Split(','))];       // below the header
        float[] values = [.. cells.SelectMany(row => row, (_, cell) => float.Parse(cell, CultureInfo.InvariantCulture))];
        using var scope = torch.NewDisposeScope();
        var rows = torch.tensor(values, [cells.Length, cells[0].Length])[torch.randperm(cells.Length)];       // [N, D], in any order
        var (training, others) = (rows[..2000], rows[2000..]);
        var (mean, deviation) = (training.mean([0]), training.std(0));
        using var train = new TensorData((training - mean) / deviation);
        using var test = new TensorData((others - mean) / deviation);
        using var vae = new Vae(
            new MlpEncoder(cells[0].Length, latentSize: 2, hidden: [64, 64]),
            new MlpDecoder(latentSize: 2, hidden: [64, 64], ObservationModel.SharedGaussian(cells[0].Length)),
            new StandardNormalPrior(2));
        Trainer.Fit(vae, new Elbo(), train, validation: test, options: new() { Epochs = 100, Patience = 10 });
        var reconstructed = (vae.Reconstruct((others - mean) / deviation) * deviation) + mean;                // in the table's own units
        #endregion
    }
}

/// <summary>A source that reads its batches from a file.</summary>
#region
internal sealed class RowsOfFile(string path, int width) : DataSource
{
    private readonly SafeFileHandle _file = File.OpenHandle(path);

    public override long Count => RandomAccess.GetLength(_file) / (width * sizeof(float));

    public override IReadOnlyList<long> ItemShape => [width];

    public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => Read(Order(Count, seed, epoch), size);

    public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        => Read(Enumerable.Range(0, (int)Count).Select(place => (long)place), size);

    protected override void Dispose(bool disposing) => _file.Dispose();

    private IEnumerable<Batch> Read(IEnumerable<long> order, int size)
    {
        foreach (var places in order.Chunk(size))
        {
            var values = new float[places.Length * width];
            for (var i = 0; i < places.Length; i++)
            {
                var row = MemoryMarshal.AsBytes(values.AsSpan(i * width, width));
                RandomAccess.Read(_file, row, places[i] * row.Length);
            }
            using var batch = new Batch(torch.tensor(values, [places.Length, width]));
            yield return batch;
        }
    }
}
#endregion
