namespace VaeToolkit.Volumes;

/// <summary>Paints lesions like those of multiple sclerosis.</summary>
internal static class SclerosisLesions
{
    private const double MeanCount = 9;
    private const double Roughness = 0.08;

    public static void Paint(ref SplitMix64 random, PhantomCanvas canvas)
    {
        var count = Math.Clamp(Poisson(ref random, MeanCount), 3, 25);
        var roughness = SmoothNoise.Draw(ref random, canvas.Size, cells: 8);
        var weights = CentreWeights(canvas.Anatomy);
        for (var i = 0; i < count; i++)
            PaintOne(ref random, canvas, weights, roughness);
    }

    private static void PaintOne(ref SplitMix64 random, PhantomCanvas canvas, double[] weights, double[] roughness)
    {
        var anatomy = canvas.Anatomy;
        var centre = anatomy.Points[Choose(ref random, weights)];
        var voxel = 2.0 / Math.Min(canvas.Size.Width, Math.Min(canvas.Size.Height, canvas.Size.Depth));
        var radius = Math.Min(0.16, Math.Max(1.05 * voxel, Math.Exp(Math.Log(0.065) + random.Normal(0.35))));
        var axes = PhantomFrame.UnitAxes(ref random, 0.7, 1.5);
        var shape = new Ellipsoid(default, radius * axes);
        var turn = Rotation.About(PhantomFrame.Symmetric(ref random, Math.PI / 2));
        var strength = random.Uniform();
        for (var i = 0; i < weights.Length; i++)
        {
            if (!anatomy.IsBrain(i) || anatomy.Tissue[i] == BrainTissue.Ventricle)
                continue;
            if (shape.At(turn.Direction(anatomy.Points[i] - centre)) + (Roughness * roughness[i]) >= 1)
                continue;
            canvas.Lesion[i] = true;
            canvas.Values[i] = canvas.Contrast == BrainContrast.Flair
                ? Math.Max(canvas.Values[i], 0.80 + (0.25 * strength))
                : 0.42 + (0.16 * strength);
        }
    }

    /// <summary>White matter, six times as likely around the ventricles, and not at its rim.</summary>
    private static double[] CentreWeights(PhantomAnatomy anatomy)
    {
        var weights = new double[anatomy.Tissue.Length];
        for (var i = 0; i < weights.Length; i++)
            if (anatomy.Tissue[i] == BrainTissue.WhiteMatter && anatomy.WhiteRadius[i] <= 0.92)
                weights[i] = anatomy.VentricleRadius[i] < 2 ? 6 : 1;
        return weights;
    }

    private static int Choose(ref SplitMix64 random, double[] weights)
    {
        var left = random.Uniform() * weights.Sum();
        for (var i = 0; i < weights.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
                return i;
        }
        return Array.FindLastIndex(weights, weight => weight > 0); // Rounding may leave a grain.
    }

    /// <summary>Counts how many uniform factors keep a product above e^−mean (Knuth).</summary>
    private static int Poisson(ref SplitMix64 random, double mean)
    {
        var (count, product) = (0, random.Uniform());
        for (; product > Math.Exp(-mean); count++)
            product *= random.Uniform();
        return count;
    }
}
