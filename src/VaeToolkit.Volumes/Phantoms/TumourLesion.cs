namespace VaeToolkit.Volumes;

/// <summary>A mass that pushes tissue aside, with oedema, an active part, and often necrosis.</summary>
internal sealed class TumourLesion
{
    private readonly Vector3D _centre;
    private readonly double _radius;
    private readonly Ellipsoid _shape;
    private readonly Affine _turn;

    private TumourLesion(Vector3D centre, double radius, Vector3D axes, Affine turn) =>
        (_centre, _radius, _shape, _turn) = (centre, radius, new(default, axes), turn);

    /// <summary>A tumour in one hemisphere or the other.</summary>
    public static TumourLesion Draw(ref SplitMix64 random)
    {
        var side = random.Uniform() < 0.5 ? -1 : 1;
        var centre = new Vector3D(side * random.Uniform(0.22, 0.48), random.Uniform(-0.45, 0.45), random.Uniform(-0.15, 0.45));
        return new(
            centre, random.Uniform(0.20, 0.42), PhantomFrame.UnitAxes(ref random, 0.8, 1.25),
            Rotation.About(PhantomFrame.Symmetric(ref random, Math.PI / 2)));
    }

    /// <summary>The mass effect: p − 0.35 R exp(−½ (d / 1.2R)²) δ/d, so that tissue is found further out than it was.</summary>
    public Vector3D[] Push(Vector3D[] points) => Array.ConvertAll(points, point =>
    {
        var offset = point - _centre;
        var reach = offset.Length / (1.2 * _radius);
        return point - (0.35 * _radius * Math.Exp(-0.5 * reach * reach) / Math.Max(offset.Length, 1e-12) * offset);
    });

    /// <summary>Paints it.</summary>
    /// <param name="random">Where its look comes from.</param>
    /// <param name="canvas">The head, painted at pushed points.</param>
    /// <param name="points">Where voxels lay before they were pushed.</param>
    public void Paint(ref SplitMix64 random, PhantomCanvas canvas, Vector3D[] points)
    {
        var (outline, coarse, fine) = (SmoothNoise.Draw(ref random, canvas.Size, 4), SmoothNoise.Draw(ref random, canvas.Size, 8),
            SmoothNoise.Draw(ref random, canvas.Size, 10));
        var (active, necrotic) = (random.Uniform(0.55, 0.75), random.Uniform() < 0.6 ? random.Uniform(0.25, 0.45) : 0);
        var (oedemaLevel, activeLevel, necrosisLevel) = Levels(ref random, canvas.Contrast);
        for (var i = 0; i < points.Length; i++)
        {
            var radius = Math.Max(_radius * (1 + (0.16 * outline[i])), 0.3 * _radius);
            var depth = _shape.At(_turn.Direction(points[i] - _centre)) / radius;
            if (depth >= 1 || !canvas.Anatomy.IsBrain(i))
                continue;
            canvas.Lesion[i] = true;
            canvas.Values[i] = depth < necrotic ? necrosisLevel
                : depth < active ? activeLevel + (0.04 * fine[i]) : oedemaLevel + (0.05 * coarse[i]);
        }
    }

    /// <summary>The same draws serve both contrasts, so that nothing after them differs.</summary>
    private static (double Oedema, double Active, double Necrosis) Levels(ref SplitMix64 random, BrainContrast contrast)
    {
        var (oedema, active, necrosis) = (random.Uniform(), random.Uniform(), random.Uniform());
        return contrast == BrainContrast.Flair
            ? (0.72 + (0.13 * oedema), 0.80 + (0.25 * active), 0.25 + (0.20 * necrosis))
            : (0.55 + (0.13 * oedema), 0.42 + (0.16 * active), 0.20 + (0.15 * necrosis));
    }
}
