namespace VaeToolkit.Volumes;

/// <summary>Adds up weighted windows and divides by the weights.</summary>
internal sealed class WindowSum
{
    private const double PartPerDeviation = 1.0 / 8;

    private readonly VoxelGrid _grid;
    private readonly double[] _weight;
    private readonly float[] _windowWeight;
    private double[] _sum = [];

    /// <param name="grid">Where results go.</param>
    /// <param name="window">Extents of a window.</param>
    /// <param name="smallestWeight">The floor of the Gaussian weights; 1 makes all weights alike.</param>
    public WindowSum(VoxelGrid grid, VolumeSize window, double smallestWeight)
    {
        _grid = grid;
        _weight = new double[grid.Size.Count];
        var (x, y, z) = (Gaussian(window.Width), Gaussian(window.Height), Gaussian(window.Depth));
        _windowWeight = [.. from k in z from j in y from i in x select (float)Math.Max(smallestWeight, i * j * k)];
    }

    public void Add(VoxelBox box, ReadOnlySpan<float> values, int channels)
    {
        var voxels = (int)_grid.Size.Count;
        if (_sum.Length == 0)
            _sum = new double[channels * voxels];
        for (var z = 0; z < box.Size.Depth; z++)
            for (var y = 0; y < box.Size.Height; y++)
            {
                var from = ((z * box.Size.Height) + y) * box.Size.Width;
                var to = _grid.Index(box.X, box.Y + y, box.Z + z);
                for (var x = 0; x < box.Size.Width; x++)
                {
                    _weight[to + x] += _windowWeight[from + x];
                    for (var channel = 0; channel < channels; channel++)
                        _sum[(channel * voxels) + to + x] += (double)_windowWeight[from + x]
                            * values[(channel * _windowWeight.Length) + from + x];
                }
            }
    }

    public Volume<float> Mean(string name) =>
        new(_grid, [.. _sum.Select((value, i) => (float)(value / _weight[i % _weight.Length]))], _sum.Length / _weight.Length, name);

    private static double[] Gaussian(int extent)
    {
        var deviation = extent * PartPerDeviation;
        return [.. Enumerable.Range(0, extent).Select(i => (i - ((extent - 1) / 2.0)) / deviation).Select(t => Math.Exp(-0.5 * t * t))];
    }
}
