namespace VaeToolkit.Volumes;

/// <summary>
/// Finds the affine map of a header: from the sform where there is one that can be inverted, else the qform, else the spacing alone.
/// </summary>
internal readonly ref struct NiftiOrientation(NiftiFields fields, NiftiWarnings warnings)
{
    // What other tools allow for the rounding of three numbers, in units of the last place.
    private const int QuaternionRounding = 3;

    private readonly NiftiFields _fields = fields;

    private NiftiLayout Layout => _fields.Layout;

    /// <summary>The map from voxels to millimetres.</summary>
    public Affine Read(VolumeSize size)
    {
        var (sform, qform) = (_fields.Code(Layout.SformCode) > 0, _fields.Code(Layout.QformCode) > 0);
        if (sform)
        {
            var rows = InMillimetres(_fields.Reals(Layout.SformRows, 12));
            if (!qform || Affine.ProblemOf(rows) is not { } problem)
                return ToAffine(rows);
            warnings.Add($"sform_code is {_fields.Code(Layout.SformCode)}, but its map {problem}; the qform was taken");
        }
        var spacing = ReadSpacing(size);
        return ToAffine(InMillimetres(
            qform ? FromQuaternion(spacing) : [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0]));
    }

    private double[] InMillimetres(double[] rows)
    {
        var unit = _fields.Millimetres;
        return Array.ConvertAll(rows, entry => entry * unit);
    }

    private Affine ToAffine(double[] rows)
    {
        try
        {
            return Affine.FromRows(rows);
        }
        catch (ArgumentException e)
        {
            throw new NiftiException(
                _fields.Name, Layout.QformCode, $"the orientation is unusable: {e.Message.Split(" (Parameter")[0].TrimEnd('.')}", e);
        }
    }

    private double[] ReadSpacing(VolumeSize size)
    {
        var spacing = new double[3];
        int[] extents = [size.Width, size.Height, size.Depth];
        for (var axis = 0; axis < 3; axis++)
        {
            spacing[axis] = _fields.Real(Layout.PixDim, axis + 1);
            if (spacing[axis] == 0 && extents[axis] == 1)
                spacing[axis] = 1; // Files of fewer axes leave the rest of pixdim empty.
            if (spacing[axis] < 0 && double.IsFinite(spacing[axis]))
            {
                warnings.Add($"pixdim[{axis + 1}] is {spacing[axis]}, but a spacing is positive; {-spacing[axis]} was taken");
                spacing[axis] = -spacing[axis];
            }
            if (!(spacing[axis] > 0 && double.IsFinite(spacing[axis])))
                throw _fields.Refuse(Layout.PixDim + ((axis + 1) * Layout.RealWidth),
                    $"pixdim[{axis + 1}] is {spacing[axis]}; a spacing is positive and finite");
        }
        return spacing;
    }

    private double[] FromQuaternion(double[] spacing)
    {
        var quaternion = _fields.Reals(Layout.Quaternion, 3);
        var (b, c, d) = (quaternion[0], quaternion[1], quaternion[2]);
        var square = (b * b) + (c * c) + (d * d);
        var a = Math.Sqrt(1 - square);
        // Half a turn, whose sum of squares rounding took off 1: the root of what is left would turn it by up to a thirtieth of a degree.
        if (square > 1 - (QuaternionRounding * Layout.RealEpsilon))
            (a, b, c, d) = (0, b / Math.Sqrt(square), c / Math.Sqrt(square), d / Math.Sqrt(square));
        var (x, y, z) = (spacing[0], spacing[1], _fields.Real(Layout.PixDim) < 0 ? -spacing[2] : spacing[2]);
        var shift = _fields.Reals(Layout.QuaternionOffset, 3);
        return
        [
            ((a * a) + (b * b) - (c * c) - (d * d)) * x, 2 * ((b * c) - (a * d)) * y, 2 * ((b * d) + (a * c)) * z, shift[0],
            2 * ((b * c) + (a * d)) * x, ((a * a) + (c * c) - (b * b) - (d * d)) * y, 2 * ((c * d) - (a * b)) * z, shift[1],
            2 * ((b * d) - (a * c)) * x, 2 * ((c * d) + (a * b)) * y, ((a * a) + (d * d) - (c * c) - (b * b)) * z, shift[2],
        ];
    }
}
