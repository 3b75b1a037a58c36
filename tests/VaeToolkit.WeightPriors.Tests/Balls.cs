using TorchSharp;

namespace VaeToolkit.WeightPriors.Tests;

/// <summary>Volumes with a bright ball in noise, labelled: a task that a network learns in a few dozen steps.</summary>
internal static class Balls
{
    public static SegmentationData Draw(int count, int seed, int size = 12)
    {
        using var scope = torch.NewDisposeScope();
        var (volumes, labels) = (new float[count * size * size * size], new long[count * size * size * size]);
        var random = new Random(seed);
        var place = 0;
        for (var i = 0; i < count; i++)
        {
            var (x, y, z, r) = (Uniform(3, size - 3), Uniform(3, size - 3), Uniform(3, size - 3), Uniform(2, 3.5));
            for (var voxel = 0; voxel < size * size * size; voxel++, place++)
            {
                var (dx, dy, dz) = (voxel % size - x, voxel / size % size - y, voxel / size / size - z);
                labels[place] = dx * dx + dy * dy + dz * dz < r * r ? 1 : 0;
                volumes[place] = (float)(labels[place] + Uniform(-0.7, 0.7));
            }
        }
        double Uniform(double from, double to) => from + (to - from) * random.NextDouble();

        return new(torch.tensor(volumes).reshape([count, 1L, size, size, size]), torch.tensor(labels).reshape(count, size, size, size));
    }
}
