namespace VaeToolkit.Volumes;

/// <summary>Intensities and lesion mask of one head, before the scanner.</summary>
internal sealed class PhantomCanvas
{
    // By tissue: air, scalp, skull, fluid, grey, white, deep grey, ventricle.
    private static readonly double[] s_flair = [0, 0.78, 0.07, 0.14, 0.62, 0.48, 0.57, 0.10];
    private static readonly double[] s_t1 = [0, 0.95, 0.10, 0.15, 0.55, 0.80, 0.62, 0.12];

    private PhantomCanvas(PhantomAnatomy anatomy, VolumeSize size, BrainContrast contrast, double[] values) =>
        (Anatomy, Size, Contrast, Values, Lesion) = (anatomy, size, contrast, values, new bool[values.Length]);

    public PhantomAnatomy Anatomy { get; }

    public VolumeSize Size { get; }

    public BrainContrast Contrast { get; }

    public double[] Values { get; }

    public bool[] Lesion { get; }

    public static PhantomCanvas Of(ref SplitMix64 random, PhantomAnatomy anatomy, VolumeSize size, BrainContrast contrast)
    {
        var texture = SmoothNoise.Draw(ref random, size, cells: 10);
        var intensities = contrast == BrainContrast.Flair ? s_flair : s_t1;
        var values = new double[size.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = intensities[(int)anatomy.Tissue[i]] + (anatomy.IsBrain(i) ? 0.02 * texture[i] : 0);
            if (contrast == BrainContrast.Flair && IsCap(anatomy, i))
                values[i] += 0.12;
        }
        return new(anatomy, size, contrast, values);
    }

    /// <summary>The bright caps of the ventricles' horns, which are normal in FLAIR images and no lesions.</summary>
    private static bool IsCap(PhantomAnatomy anatomy, int voxel) =>
        anatomy.Tissue[voxel] == BrainTissue.WhiteMatter
        && anatomy.VentricleRadius[voxel] is >= 1 and < 1.25
        && Math.Abs(anatomy.Points[voxel].Y) > 0.24 * anatomy.VentricleScale;
}
