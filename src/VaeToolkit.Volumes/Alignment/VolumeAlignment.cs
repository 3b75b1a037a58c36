namespace VaeToolkit.Volumes;

/// <summary>
/// Aligns a volume with a template: centres of mass, then a rotation and shift, then an affine map, each from a quarter of the resolution
/// to the full one, by Adam on the exact gradient of the similarity under linear interpolation.
/// </summary>
public static class VolumeAlignment
{
    private const double Rate = 1e-2;
    private const double FirstMoment = 0.9;
    private const double SecondMoment = 0.999;
    private const int SmallestExtent = 8;
    private static readonly int[] s_coarseness = [4, 2, 1];

    /// <summary>Finds the motion.</summary>
    /// <param name="moving">The image to be aligned, one channel, finite.</param>
    /// <param name="template">What it is aligned with, one channel, finite.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Is told which part is done.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">An image has more than one channel, only one value, or values that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static AlignmentResult ToTemplate(
        Volume<float> moving,
        Volume<float> template,
        AlignmentOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        var centre = CentreOfMass(template, nameof(template));
        var shift = CentreOfMass(moving, nameof(moving)) - centre;
        double[] parameters = [shift.X, shift.Y, shift.Z, .. new double[MotionParameters.Count - 3]];
        var levels = Levels(moving, template, options.Similarity, centre);
        var stages = new[] { MotionParameters.RigidCount, MotionParameters.Count }.Take((int)options.Motion).ToList();
        var (done, all) = (0, stages.Count * levels.Count);
        var field = template.Size.Width * template.Grid.Spacing.X;
        foreach (var free in stages)
            foreach (var (coarseness, level) in levels)
            {
                Descend(level, parameters, free, options.StepsPerLevel, Rate * coarseness / levels[0].Coarseness, field, cancellationToken);
                progress?.Report(++done / (double)all);
            }
        var loss = levels[^1].Level.Evaluate(parameters, new double[MotionParameters.Count]);
        return new(MotionParameters.ToAffine(parameters, centre), template.Grid, loss);
    }

    private static List<(int Coarseness, AlignmentLevel Level)> Levels(
        Volume<float> moving, Volume<float> template, AlignmentSimilarity similarity, Vector3D centre)
    {
        var smallest = Math.Min(Smallest(moving.Size), Smallest(template.Size));
        return
        [
            .. from coarseness in s_coarseness
               where coarseness == 1 || smallest / coarseness >= SmallestExtent
               select (coarseness, new AlignmentLevel(Coarsen(template, coarseness), Coarsen(moving, coarseness), similarity, centre)),
        ];

        static int Smallest(VolumeSize size) => Math.Min(size.Width, Math.Min(size.Height, size.Depth));

        static Volume<float> Coarsen(Volume<float> image, int coarseness) => Resampling.ToSpacing(image, coarseness * image.Grid.Spacing);
    }

    /// <summary>Adam with a rate that falls to zero, on the first parameters only; shifts are in units of the field of view.</summary>
    private static void Descend(
        AlignmentLevel level, double[] parameters, int free, int steps, double rate, double field, CancellationToken cancellationToken)
    {
        var (gradient, mean, square) = (new double[parameters.Length], new double[parameters.Length], new double[parameters.Length]);
        for (var step = 1; step <= steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            level.Evaluate(parameters, gradient);
            for (var p = 0; p < free; p++)
            {
                mean[p] = (FirstMoment * mean[p]) + ((1 - FirstMoment) * gradient[p]);
                square[p] = (SecondMoment * square[p]) + ((1 - SecondMoment) * gradient[p] * gradient[p]);
                if (square[p] == 0)
                    continue;
                var direction = mean[p] / (1 - Math.Pow(FirstMoment, step)) / Math.Sqrt(square[p] / (1 - Math.Pow(SecondMoment, step)));
                parameters[p] -= rate * (1 - ((step - 1.0) / steps)) * (p < 3 ? field : 1) * direction;
            }
        }
    }

    private static Vector3D CentreOfMass(Volume<float> image, string name)
    {
        ArgumentNullException.ThrowIfNull(image, name);
        VolumeTensors.RequireOneChannel(image);
        if (!image.Data.All(float.IsFinite))
            throw new ArgumentException($"{image.Name} has voxels that are NaN or infinite.", name);
        var (low, high) = (image.Data.Min(), image.Data.Max());
        if (FloatSpread.IsConstant(low, high))
            throw new ArgumentException($"{image.Name} has only one value, so there is nothing to align.", name);
        var (sum, weight) = (default(Vector3D), 0.0);
        for (var i = 0; i < image.Data.Length; i++)
        {
            double mass = image.Data[i] - low;
            sum += mass * new Vector3D(
                i % image.Size.Width, i / image.Size.Width % image.Size.Height, i / image.Size.Width / image.Size.Height);
            weight += mass;
        }
        return image.Grid.Affine.Apply(1 / weight * sum);
    }
}
