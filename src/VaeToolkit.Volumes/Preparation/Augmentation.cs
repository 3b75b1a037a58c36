using TorchSharp;

namespace VaeToolkit.Volumes;

/// <summary>
/// Random changes of a case that leave it as plausible as it was: flips, rotation, scaling and shift (one interpolation, image and labels
/// alike), then gamma, illumination, contrast, brightness and noise of the image, channel by channel. Everything is a function of the seed.
/// </summary>
public sealed class Augmentation
{
    private readonly AugmentationOptions _options;

    /// <summary>Augmentation with given ranges.</summary>
    /// <param name="options">How far it goes.</param>
    /// <exception cref="ArgumentException">A range is negative or not finite, scaling is 1 or more, a probability is above 1, or there are
    /// flips without a word about what they do to labels.</exception>
    public Augmentation(AugmentationOptions? options = null)
    {
        _options = options ?? new();
        double[] ranges =
        [
            _options.RotationDegrees, _options.Scaling, _options.Shift, _options.Contrast, _options.Brightness, _options.Gamma,
            _options.Noise, _options.BiasField,
            _options.FlipProbability.X, _options.FlipProbability.Y, _options.FlipProbability.Z,
        ];
        if (!ranges.All(range => range >= 0 && double.IsFinite(range)) || _options.Scaling >= 1
            || ranges.Skip(8).Any(probability => probability > 1))
            throw new ArgumentException(
                $"Ranges must be finite and at least 0, scaling below 1 and probabilities at most 1: {_options}.", nameof(options));
        if (_options.FlipProbability != default && _options.Symmetry is null)
            throw new ArgumentException($"FlipProbability is {_options.FlipProbability}, but Symmetry is null: "
                + "a flip exchanges labels of left and right structures, so declare them, LabelSymmetry.Pairs((1, 2)), "
                + "or that there are none, LabelSymmetry.Symmetric.", nameof(options));
    }

    /// <summary>How far it goes.</summary>
    public AugmentationOptions Options => _options;

    /// <summary>A changed case on the same grid; what comes from beyond the volume is 0.</summary>
    /// <param name="item">The case.</param>
    /// <param name="seed">The change is a function of it.</param>
    public VolumeCase Apply(VolumeCase item, long seed)
    {
        ArgumentNullException.ThrowIfNull(item);
        var random = SplitMix64.For(seed, 0);
        var grid = item.Image.Grid;
        var (moved, mirrored) = Move(ref random, grid);
        var image = moved is null ? item.Image.Data : Resampling.Linear(item.Image, moved).Data;
        image = [.. image];
        for (var channel = 0; channel < item.Image.Channels; channel++)
            ChangeIntensities(ref random, grid.Size, image.AsSpan(channel * (int)grid.Size.Count, (int)grid.Size.Count));
        return item.Select(
            before => before.With(image), labels => moved is null ? labels : Labels(labels.With(Resampling.Nearest(labels, moved).Data)));

        Volume<int> Labels(Volume<int> carried) => mirrored ? carried.Select(_options.Symmetry!.Mirrored) : carried;
    }

    /// <summary>
    /// The same for a batch, whose voxels are taken for cubes: each volume is changed by itself. Its shape is that of
    /// <c>VolumeAugmentation</c> of VaeToolkit.WeightPriors, so training takes the method as it is.
    /// </summary>
    /// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c>.</param>
    /// <param name="seed">The change is a function of it.</param>
    /// <returns>Changed volumes (of their type, reckoned in float32) and labels (int64) on the volumes' device, in the caller's scope.
    /// </returns>
    /// <exception cref="ArgumentException">The shapes are others.</exception>
    public (torch.Tensor Volumes, torch.Tensor Labels) Apply(torch.Tensor volumes, torch.Tensor labels, long seed)
        => Apply(volumes, labels, seed, before: 0);

    /// <summary>The same for some consecutive volumes of a batch: each is changed as it is among all of them.</summary>
    /// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>.</param>
    /// <param name="labels">Labels <c>[N, D, H, W]</c>.</param>
    /// <param name="seed">The change of the whole batch is a function of it.</param>
    /// <param name="before">How many volumes of the batch come before these, at least 0.</param>
    /// <returns>Changed volumes and labels, as for a whole batch.</returns>
    /// <exception cref="ArgumentException">The shapes are others.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="before"/> is negative.</exception>
    public (torch.Tensor Volumes, torch.Tensor Labels) Apply(torch.Tensor volumes, torch.Tensor labels, long seed, int before)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegative(before);
        if (volumes.shape is not [var count, _, var depth, var height, var width]
            || !labels.shape.AsSpan().SequenceEqual([count, depth, height, width]))
            throw new ArgumentException("Volumes [N, C, D, H, W] and labels [N, D, H, W] were expected, not "
                + $"{Shape.Text(volumes.shape)} and {Shape.Text(labels.shape)}.", nameof(volumes));
        var (grid, seeds) = (new VoxelGrid(new((int)width, (int)height, (int)depth)), SplitMix64.For(seed, 0));
        for (var i = 0; i < before; i++)
            seeds.Next();
        using var scope = torch.NewDisposeScope();
        var changed = Enumerable.Range(0, (int)count)
            .Select(i => Apply(new VolumeCase("volume", volumes[i].ToVolume(grid), labels[i].ToLabels(grid)), (long)seeds.Next())).ToList();
        var (images, maps) = VolumeCase.Stack(changed);
        return (images.to(volumes.dtype, volumes.device).MoveToOuterDisposeScope(), maps.to(volumes.device).MoveToOuterDisposeScope());
    }

    /// <summary>How far it goes.</summary>
    public override string ToString()
        => $"Augmentation: {string.Join(", ", OptionText.ByName(_options).Select(option => $"{option.Key} {option.Value}"))}";

    /// <summary>
    /// Where each voxel's value is taken from: the grid after a motion of the world about the volume's centre and flips of the axes;
    /// null for no motion; and whether left and right change places.
    /// </summary>
    private (VoxelGrid? Moved, bool Mirrored) Move(ref SplitMix64 random, VoxelGrid grid)
    {
        var size = grid.Size;
        var flips = new[] { random.Uniform() < _options.FlipProbability.X, random.Uniform() < _options.FlipProbability.Y,
            random.Uniform() < _options.FlipProbability.Z };
        var angles = Symmetric(ref random, _options.RotationDegrees * Math.PI / 180);
        var (stretch, shift) = (Symmetric(ref random, _options.Scaling), Symmetric(ref random, _options.Shift));
        if (!flips.Contains(true) && angles.Length + stretch.Length + shift.Length == 0)
            return (null, false);
        var centre = new Vector3D((size.Width - 1) / 2.0, (size.Height - 1) / 2.0, (size.Depth - 1) / 2.0);
        var middle = grid.Affine.Apply(centre);
        var way = grid.Affine.Direction(new(shift.X * size.Width, shift.Y * size.Height, shift.Z * size.Depth));
        var motion = Affine.Translation(middle + way) * Rotation.About(angles)
            * Affine.Scaling(new(1 + stretch.X, 1 + stretch.Y, 1 + stretch.Z)) * Affine.Translation(-1 * middle);
        var flip = Affine.Translation(centre) * Affine.Scaling(new(flips[0] ? -1 : 1, flips[1] ? -1 : 1, flips[2] ? -1 : 1))
            * Affine.Translation(-1 * centre);
        return (new(size, motion * grid.Affine * flip), flips[Orientation.LeftRightAxis(grid.Affine)]);
    }

    private void ChangeIntensities(ref SplitMix64 random, VolumeSize size, Span<float> values)
    {
        var (mean, deviation, low, high) = Moments(values);
        var contrast = 1 + random.Uniform(-_options.Contrast, _options.Contrast);
        var brightness = deviation * random.Uniform(-_options.Brightness, _options.Brightness);
        var power = Math.Exp(random.Uniform(-_options.Gamma, _options.Gamma));
        var noise = deviation * random.Uniform(0, _options.Noise);
        Span<double> illumination = stackalloc double[SmoothField.Count];
        foreach (ref var coefficient in illumination)
            coefficient = random.Uniform(-_options.BiasField, _options.BiasField);
        if (FloatSpread.IsConstant(low, high))
            return;
        for (var i = 0; i < values.Length; i++)
        {
            var bent = power == 1 ? values[i] - low : (high - low) * Math.Pow((values[i] - low) / (high - low), power);
            if (_options.BiasField > 0)
                bent *= Math.Exp(SmoothField.At(illumination, size, i));
            var value = mean + (contrast * (low + bent - mean)) + brightness;
            values[i] = (float)(noise == 0 ? value : value + random.Normal(noise));
        }
    }

    private static (double Mean, double Deviation, double Low, double High) Moments(ReadOnlySpan<float> values)
    {
        var (sum, squares, low, high) = (0.0, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            sum += value;
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }
        var mean = sum / values.Length;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        return (mean, Math.Sqrt(squares / values.Length), low, high);
    }

    private static Vector3D Symmetric(ref SplitMix64 random, double limit) =>
        new(random.Uniform(-limit, limit), random.Uniform(-limit, limit), random.Uniform(-limit, limit));
}
