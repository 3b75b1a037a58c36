using System.Globalization;

namespace VaeToolkit.Volumes.Tests.Nifti;

public sealed class HippocampusTests
{
    private static readonly string s_root = Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA") ?? "", "hippocampus");

    [RealDataFact("hippocampus/images")]
    public void Every_file_reads_to_the_recorded_shape_affine_and_values()
    {
        // Made by tests/fixtures/volumes/record_hippocampus.py with nothing but Python's struct and gzip.
        var rows = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "fixtures", "hippocampus.csv"))
            .Skip(1).Select(line => line.Split(',')).ToList();
        rows.Should().HaveCountGreaterThan(519);
        foreach (var row in rows)
        {
            var volume = NiftiFile.Read(Path.Combine(s_root, row[0]));
            var expected = row.Skip(1).Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
            var values = volume.Values.ToArray();
            var affine = Enumerable.Range(0, 12).Select(i => volume.Grid.Affine[i / 4, i % 4]);
            double[] found = [volume.Size.Width, volume.Size.Height, volume.Size.Depth, .. affine, values.Min(), values.Max(),
                values.Sum(value => (double)value)];
            found.Should().Equal(expected, (a, b) => Math.Abs(a - b) <= 1e-9 * Math.Abs(b), row[0]);
        }
    }

    [RealDataFact("hippocampus/images")]
    public void What_is_written_of_every_pair_is_read_back()
    {
        using var scratch = new TemporaryFolder();
        var set = VolumeFolder.Open(s_root, cacheSize: 0);
        set.Count.Should().Be(260);
        for (var i = 0; i < set.Count; i++)
        {
            var item = set.Load(i);
            NiftiFile.Write(scratch["image.nii"], item.Image);
            NiftiFile.Write(scratch["labels.nii.gz"], item.Labels!, NiftiDataType.Unsigned8);
            var (image, labels) = (NiftiFile.Read(scratch["image.nii"]), NiftiFile.ReadLabels(scratch["labels.nii.gz"]));
            image.Values.SequenceEqual(item.Image.Values).Should().BeTrue(item.Name);
            labels.Values.SequenceEqual(item.Labels!.Values).Should().BeTrue(item.Name);
            (image.Grid.Matches(item.Image.Grid), labels.Grid.Matches(item.Labels!.Grid)).Should().Be((true, true), item.Name);
        }
    }

    [RealDataFact("hippocampus/labels")]
    public void Labels_are_background_anterior_and_posterior()
    {
        var labels = NiftiFile.ReadLabels(Path.Combine(s_root, "labels", "hippocampus_001.nii.gz"));
        labels.Values.ToArray().Distinct().Order().Should().Equal(0, 1, 2);
    }
}
