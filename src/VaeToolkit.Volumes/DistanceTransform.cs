namespace VaeToolkit.Volumes;

/// <summary>
/// Exact Euclidean distances by the lower envelope of parabolas, one axis after the other (Felzenszwalb and Huttenlocher 2012),
/// with a spacing for each axis.
/// </summary>
public static class DistanceTransform
{
    /// <summary>
    /// The distance in mm from each voxel's centre to that of the nearest voxel of the mask; +∞ everywhere if the mask is empty.
    /// </summary>
    /// <param name="mask">A mask of one channel.</param>
    /// <exception cref="ArgumentException">There is more than one channel.</exception>
    public static Volume<double> ToMask(Volume<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        VolumeTensors.RequireOneChannel(mask);
        var squares = Array.ConvertAll(mask.Data, inside => inside ? 0 : double.PositiveInfinity);
        var (size, spacing) = (mask.Size, mask.Grid.Spacing);
        AlongAxis(squares, 1, size.Width, spacing.X);
        AlongAxis(squares, size.Width, size.Height, spacing.Y);
        AlongAxis(squares, size.Width * size.Height, size.Depth, spacing.Z);
        return mask.With(Array.ConvertAll(squares, Math.Sqrt));
    }

    private static void AlongAxis(double[] squares, int stride, int extent, double spacing)
    {
        var line = new double[extent];
        var envelope = new Envelope(extent, spacing);
        for (var first = 0; first < squares.Length; first++)
        {
            if (first / stride % extent != 0)
                continue;
            for (var i = 0; i < extent; i++)
                line[i] = squares[first + (i * stride)];
            envelope.Build(line);
            for (var i = 0; i < extent; i++)
                squares[first + (i * stride)] = envelope.Next(i);
        }
    }

    /// <summary>The lower envelope of the parabolas height(i) + (spacing (x − i))².</summary>
    private sealed class Envelope(int extent, double spacing)
    {
        private readonly int[] _vertices = new int[extent];
        private readonly double[] _heights = new double[extent];
        private readonly double[] _starts = new double[extent];
        private int _count;
        private int _current;

        public void Build(double[] heights)
        {
            (_count, _current) = (0, 0);
            for (var i = 0; i < heights.Length; i++)
            {
                if (double.IsPositiveInfinity(heights[i]))
                    continue;
                var start = double.NegativeInfinity;
                while (_count > 0 && (start = Crossing(_count - 1, i, heights[i])) <= _starts[_count - 1])
                    _count--;
                (_vertices[_count], _heights[_count]) = (i, heights[i]);
                _starts[_count] = _count == 0 ? double.NegativeInfinity : start;
                _count++;
            }
        }

        /// <summary>The envelope at i, which must not go down from call to call.</summary>
        public double Next(int i)
        {
            if (_count == 0)
                return double.PositiveInfinity;
            while (_current + 1 < _count && _starts[_current + 1] < i)
                _current++;
            var distance = spacing * (i - _vertices[_current]);
            return _heights[_current] + (distance * distance);
        }

        private double Crossing(int last, int vertex, double height)
        {
            var (other, square) = (_vertices[last], spacing * spacing);
            return ((height - _heights[last]) / square + ((double)vertex * vertex) - ((double)other * other)) / (2.0 * (vertex - other));
        }
    }
}
