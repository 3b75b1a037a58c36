namespace VaeToolkit.Volumes;

/// <summary>The tissues of one head, painted from the outside in.</summary>
internal sealed class PhantomAnatomy
{
    private const double FissureHalfWidth = 0.018;
    private const double FissureDepth = 0.55;

    private static readonly Ellipsoid s_scalp = new(default, new(0.80, 0.95, 0.90));
    private static readonly Ellipsoid s_skull = new(default, new(0.73, 0.88, 0.83));
    private static readonly Ellipsoid s_fluid = new(default, new(0.67, 0.82, 0.77));
    private static readonly Ellipsoid s_grey = new(default, new(0.63, 0.78, 0.73));
    private static readonly Ellipsoid s_white = new(new(0, 0, 0.02), new(0.53, 0.66, 0.60));
    private static readonly Ellipsoid s_deepGrey = new(new(0.24, 0.02, -0.05), new(0.10, 0.17, 0.12));

    private readonly Ellipsoid _ventricle;
    private readonly Ellipsoid _third;

    private PhantomAnatomy(Vector3D[] points, double ventricleScale)
    {
        Points = points;
        VentricleScale = ventricleScale;
        _ventricle = new(new(0.13, 0.02, 0.10), ventricleScale * new Vector3D(0.075, 0.30, 0.11));
        _third = new(new(0, -0.05, -0.05), ventricleScale * new Vector3D(0.035, 0.12, 0.12));
        Tissue = new BrainTissue[points.Length];
        WhiteRadius = new double[points.Length];
        VentricleRadius = new double[points.Length];
    }

    /// <summary>Where each voxel lies in the standard head.</summary>
    public Vector3D[] Points { get; }

    /// <summary>How large the ventricles are beside the standard.</summary>
    public double VentricleScale { get; }

    public BrainTissue[] Tissue { get; }

    /// <summary>The ellipsoid radius of white matter with its folding: below 1 inside.</summary>
    public double[] WhiteRadius { get; }

    /// <summary>The ellipsoid radius of the nearer lateral ventricle: below 1 inside.</summary>
    public double[] VentricleRadius { get; }

    public static PhantomAnatomy Paint(ref SplitMix64 random, VolumeSize size, Vector3D[] points)
    {
        var anatomy = new PhantomAnatomy(points, random.Uniform(0.85, 1.35));
        var folding = SmoothNoise.Draw(ref random, size, cells: 8);
        for (var i = 0; i < points.Length; i++)
        {
            var p = points[i];
            var fold = (0.020 * Math.Sin((14 * p.X) + (3 * Math.Sin(5 * p.Z))) * Math.Sin((13 * p.Y) + 2)) + (0.012 * folding[i]);
            anatomy.WhiteRadius[i] = s_white.At(p) + (1.8 * fold);
            anatomy.VentricleRadius[i] = Math.Min(anatomy._ventricle.At(p), anatomy._ventricle.Mirrored().At(p));
            anatomy.Tissue[i] = anatomy.TissueAt(i, s_grey.At(p) + fold);
        }
        return anatomy;
    }

    public bool IsBrain(int voxel) => Tissue[voxel] >= BrainTissue.GreyMatter;

    private BrainTissue TissueAt(int voxel, double greyRadius)
    {
        var p = Points[voxel];
        if (VentricleRadius[voxel] < 1 || _third.At(p) < 1)
            return BrainTissue.Ventricle;
        if (s_deepGrey.At(p) < 1 || s_deepGrey.Mirrored().At(p) < 1)
            return BrainTissue.DeepGrey;
        if (greyRadius < 1 && !(Math.Abs(p.X) < FissureHalfWidth && s_white.At(p) > FissureDepth))
            return WhiteRadius[voxel] < 1 ? BrainTissue.WhiteMatter : BrainTissue.GreyMatter;
        return greyRadius < 1 || s_fluid.At(p) < 1 ? BrainTissue.CerebrospinalFluid
            : s_skull.At(p) < 1 ? BrainTissue.Skull
            : s_scalp.At(p) < 1 ? BrainTissue.Scalp
            : BrainTissue.Air;
    }
}
