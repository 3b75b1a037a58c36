namespace VaeToolkit.Volumes;

/// <summary>The loss of a motion at one resolution, with its gradient in the twelve parameters.</summary>
internal sealed class AlignmentLevel
{
    // For the derivative of the map's entries, which are smooth, in the parameters.
    private const double Difference = 1e-5;

    private readonly VoxelGrid _template;
    private readonly Volume<float> _moving;
    private readonly Affine _toMovingVoxels;
    private readonly SimilarityLoss _loss;
    private readonly Vector3D _centre;
    private readonly double[] _values;
    private readonly double[] _slopes;
    private readonly Vector3D[] _imageGradient;

    public AlignmentLevel(Volume<float> template, Volume<float> moving, AlignmentSimilarity similarity, Vector3D centre)
    {
        (_template, _moving, _centre) = (template.Grid, moving, centre);
        _toMovingVoxels = moving.Grid.Affine.Inverse();
        _loss = similarity == AlignmentSimilarity.CrossCorrelation ? new CorrelationLoss(template.Data)
            : new InformationLoss(template.Data, moving.Data);
        _values = new double[template.Data.Length];
        _slopes = new double[template.Data.Length];
        _imageGradient = new Vector3D[template.Data.Length];
    }

    public double Evaluate(double[] parameters, double[] gradient)
    {
        Sample(Map(parameters));
        var loss = _loss.Evaluate(_values, _slopes);
        var entries = EntryGradient();
        for (var p = 0; p < parameters.Length; p++)
        {
            var (up, down) = ((double[])parameters.Clone(), (double[])parameters.Clone());
            (up[p], down[p]) = (up[p] + Difference, down[p] - Difference);
            var (higher, lower) = (Map(up), Map(down));
            gradient[p] = 0;
            for (var entry = 0; entry < entries.Length; entry++)
                gradient[p] += entries[entry] * (higher[entry / 4, entry % 4] - lower[entry / 4, entry % 4]) / (2 * Difference);
        }
        return loss;
    }

    /// <summary>From voxels of the template to voxels of the moving image.</summary>
    private Affine Map(double[] parameters) => _toMovingVoxels * MotionParameters.ToAffine(parameters, _centre) * _template.Affine;

    private void Sample(Affine map)
    {
        var (size, step, i) = (_template.Size, map.Column(0), 0);
        for (var z = 0; z < size.Depth; z++)
            for (var y = 0; y < size.Height; y++)
            {
                var start = map.Apply(new(0, y, z));
                for (var x = 0; x < size.Width; x++, i++)
                    _values[i] = SampleAt(start + (x * step), out _imageGradient[i]);
            }
    }

    /// <summary>Linear interpolation and its slope along each axis; beyond the outermost centres the image goes on unchanged.</summary>
    private double SampleAt(Vector3D point, out Vector3D slope)
    {
        var (size, data) = (_moving.Size, _moving.Data);
        var (x0, x1, tx, insideX) = Between(point.X, size.Width);
        var (y0, y1, ty, insideY) = Between(point.Y, size.Height);
        var (z0, z1, tz, insideZ) = Between(point.Z, size.Depth);
        var (low, high) = (z0 * size.Height, z1 * size.Height);
        var (r00, r10, r01, r11) = ((low + y0) * size.Width, (low + y1) * size.Width, (high + y0) * size.Width, (high + y1) * size.Width);
        double a = data[r00 + x0], b = data[r00 + x1], c = data[r10 + x0], d = data[r10 + x1];
        double e = data[r01 + x0], f = data[r01 + x1], g = data[r11 + x0], h = data[r11 + x1];
        var (ab, cd, ef, gh) = (a + (tx * (b - a)), c + (tx * (d - c)), e + (tx * (f - e)), g + (tx * (h - g)));
        var (near, far) = (ab + (ty * (cd - ab)), ef + (ty * (gh - ef)));
        var alongX = ((1 - tz) * (((1 - ty) * (b - a)) + (ty * (d - c)))) + (tz * (((1 - ty) * (f - e)) + (ty * (h - g))));
        var alongY = ((1 - tz) * (cd - ab)) + (tz * (gh - ef));
        slope = new(insideX * alongX, insideY * alongY, insideZ * (far - near));
        return near + (tz * (far - near));
    }

    private static (int Low, int High, double Fraction, double Inside) Between(double coordinate, int extent)
    {
        var held = Math.Clamp(coordinate, 0, extent - 1);
        var low = (int)held;
        return (low, Math.Min(low + 1, extent - 1), held - low, held == coordinate ? 1 : 0);
    }

    /// <summary>The loss's derivative in the entries of the voxel map, Σ slope · image gradient ⊗ (x, y, z, 1).</summary>
    private double[] EntryGradient()
    {
        var (size, entries, i) = (_template.Size, new double[12], 0);
        for (var z = 0; z < size.Depth; z++)
            for (var y = 0; y < size.Height; y++)
                for (var x = 0; x < size.Width; x++, i++)
                {
                    var pull = _slopes[i] * _imageGradient[i];
                    Add(entries, 0, pull.X, x, y, z);
                    Add(entries, 4, pull.Y, x, y, z);
                    Add(entries, 8, pull.Z, x, y, z);
                }
        return entries;

        static void Add(double[] entries, int row, double pull, int x, int y, int z)
        {
            entries[row] += pull * x;
            entries[row + 1] += pull * y;
            entries[row + 2] += pull * z;
            entries[row + 3] += pull;
        }
    }
}
