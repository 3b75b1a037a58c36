using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>Finds the files of CIFAR-10's binary version and loads them.</summary>
internal static class CifarFolder
{
    private const int Side = 32;
    private const int Channels = 3;
    private const int Classes = 10;
    private const int RecordLength = 1 + (Channels * Side * Side);
    private const string TestFile = "test_batch.bin";

    private static readonly string[] s_subFolders = ["cifar-10", "cifar-10-batches-bin"];
    private static readonly string[] s_trainingFiles = [.. Enumerable.Range(1, 5).Select(k => $"data_batch_{k}.bin")];

    /// <summary>Loads the set from the first place that has it.</summary>
    public static ImageData Load(SearchPlaces places, Binarisation binarisation)
    {
        OptionRange.RequireKnown(binarisation, nameof(binarisation));
        var searched = new List<string>();
        foreach (var (folder, why) in places.For(s_subFolders))
        {
            var training = s_trainingFiles.Select(name => Path.Combine(folder, name)).Where(File.Exists).ToArray();
            var test = Path.Combine(folder, TestFile);
            if (training.Length > 0 && File.Exists(test))
                return Read(training, binarisation, Read([test], binarisation, test: null));
            searched.Add($"  {folder} ({why}): {(!Directory.Exists(folder) ? "no such folder"
                : training.Length > 0 ? $"lacks {TestFile}" : "no data_batch_1.bin to data_batch_5.bin")}");
        }
        throw new FileNotFoundException(
            $"""
            CIFAR-10 is in none of these places:
            {string.Join('\n', searched)}
            To get it, unpack its binary version, cifar-10-binary.tar.gz, into one of these folders{places.OtherPlaces}.
            """);
    }

    private static ImageData Read(string[] files, Binarisation binarisation, ImageData? test)
    {
        try
        {
            using var scope = torch.NewDisposeScope();
            var counts = files.Select(CountOf).ToArray();
            var images = torch.empty([counts.Sum(), Channels, Side, Side], dtype: torch.uint8, device: torch.CPU);
            var labels = new long[counts.Sum()];
            var first = 0L;
            foreach (var (file, count) in files.Zip(counts))
            {
                ReadInto(file, count, images.narrow(0, first, count).bytes, labels.AsSpan((int)first, (int)count));
                first += count;
            }
            return ImageData.Own(images, torch.tensor(labels, torch.int64, torch.CPU), binarisation, test);
        }
        catch
        {
            test?.Dispose();
            throw;
        }
    }

    private static long CountOf(string file)
    {
        var length = new FileInfo(file).Length;
        return length > 0 && length % RecordLength == 0
            ? length / RecordLength
            : throw new InvalidDataException(
                $"{file} has {length} bytes; CIFAR-10's binary version has records of {RecordLength}, a label and 3 x 32 x 32 values, so "
                + $"the file ends in the middle of one at byte {length}");
    }

    private static void ReadInto(string file, long count, Span<byte> pixels, Span<long> labels)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        for (var i = 0; i < count; i++)
        {
            var label = stream.ReadByte();
            if (label is < 0 or >= Classes)
                throw new InvalidDataException(
                    $"{file}: the label at byte {(long)i * RecordLength} is {label}; CIFAR-10's are 0 to {Classes - 1}");
            labels[i] = label;
            stream.ReadExactly(pixels.Slice(i * (RecordLength - 1), RecordLength - 1));
        }
    }
}
