using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Statistics;
using StbImageWriteSharp;
using TorchSharp;
using VaeToolkit.Pictures;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// A folder of JPEG files, made for the purpose, trained on from memory and from disk by turns: pictures a second of each, their ratio, and
/// the process's memory after the first and after the last epoch from disk.
/// </summary>
internal static class PictureWorkload
{
    private const int Side = 32;

    public static void Run(SampleArguments arguments)
    {
        var (count, turns) = (arguments.Number("--items", 50_000), arguments.Number("--epochs", 3));
        var batch = arguments.Number("--batch", 100);
        var folder = Directory.CreateTempSubdirectory("vaetoolkit-pictures-").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            Write(folder, count);
            Console.WriteLine(Line($"{count} files of {Side} x {Side} written in {clock.Elapsed.TotalSeconds:F0} s"));
            clock.Restart();
            using var stream = PictureData.Stream(folder);
            Console.WriteLine(Line($"looked through in {clock.Elapsed.TotalSeconds:F1} s"));
            using var memory = PictureData.Load(folder);
            using var vae = new Vae(
                new ConvEncoder(stream.ItemShape, 32), new ConvDecoder(32, ObservationModel.Gaussian(1.0, stream.ItemShape)),
                new StandardNormalPrior(32));
            using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
            var (inMemory, fromDisk, held) = (new List<double>(), new List<double>(), new List<double>());
            for (var epoch = 0; epoch < turns; epoch++)
            {
                inMemory.Add(count / SecondsOf(vae, optimizer, memory, batch, epoch));
                fromDisk.Add(count / SecondsOf(vae, optimizer, stream, batch, epoch));
                held.Add(Process.GetCurrentProcess().WorkingSet64 / 1e6);
                Console.WriteLine(Line(
                    $"turn {epoch + 1}, pictures a second: {inMemory[^1]:F0} in memory, {fromDisk[^1]:F0} from disk; {held[^1]:F0} MB"));
            }
            SampleResult.Print("pictures_from_disk_ratio", inMemory.Zip(fromDisk, (m, d) => d / m).Median(), "");
            SampleResult.Print("pictures_memory_growth", held[^1] - held[0], "MB", "F0");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double SecondsOf(Vae vae, torch.optim.Optimizer optimizer, DataSource data, int batch, int epoch)
    {
        var (clock, objective) = (Stopwatch.StartNew(), new Elbo());
        vae.train();
        foreach (var items in data.Batches(batch, seed: 1, epoch))
            TrainingLoop.Step(vae, objective, items, optimizer);
        return clock.Elapsed.TotalSeconds;
    }

    // Waves of random direction and colour, which JPEG neither packs to nothing nor spoils.
    private static void Write(string folder, int count) => Parallel.For(0, count, i =>
    {
        var random = new Random(i);
        var (across, down, start) = (random.NextDouble() * 0.6, random.NextDouble() * 0.6, random.NextDouble() * 6);
        var pixels = new byte[Side * Side * 3];
        for (var p = 0; p < pixels.Length; p++)
            pixels[p] = (byte)(127.5 + 100 * Math.Sin(start + across * (p / 3 % Side) + down * (p / 3 / Side) + p % 3 * start));
        using var file = File.Create(Path.Combine(folder, $"{i:D6}.jpg"));
        new ImageWriter().WriteJpg(pixels, Side, Side, ColorComponents.RedGreenBlue, file, 90);
    });

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
