namespace VaeToolkit.Archetypes;

/// <summary>
/// The point of the convex hull of some points that is nearest to a target, exactly and in finitely many steps: Wolfe's (1976) active set
/// of affinely independent points.
/// </summary>
internal sealed class HullProjection
{
    // Of the squared size of the points: below it nothing is gained that rounding would leave.
    private const double Negligible = 1e-14;

    // From here on, for points of size 1, a target's squared distances to them lose much of what they differ by.
    private const double Far = 1e6;

    // Far out, steps of the size of rounding could go round in a circle.
    private const int MostFarSteps = 1000;

    private readonly double[][] _points;
    private readonly double[] _target;
    private readonly bool _isFar;
    private readonly List<int> _active = [];
    private readonly double[] _weights;

    private HullProjection(double[][] points, double[] target, double[]? start)
    {
        (_points, _target) = (points, target);
        _isFar = target.Max(Math.Abs) > Far;
        _weights = new double[points.Length];
        for (var i = 0; i < points.Length && start is not null; i++)
        {
            if (start[i] > 0)
                Activate(i, start[i]);
        }
        if (_active.Count == 0)
            Activate(Nearest(), 1);
    }

    /// <summary>Projects a target.</summary>
    /// <param name="points">The points, at least one.</param>
    /// <param name="target">The target.</param>
    /// <param name="start">Weights of an earlier answer to begin at, or null.</param>
    public static HullPoint Of(double[][] points, double[] target, double[]? start = null)
    {
        var projection = new HullProjection(points, target, start);
        var point = projection.Solve();
        return new(projection._weights, point);
    }

    private double[] Solve()
    {
        Settle();
        var point = Mixture();
        // Every step is nearer than the last; rounding ends it where that is no longer so.
        for (var step = 0; (!_isFar || step < MostFarSteps) && Entering(point) is var entering and >= 0; step++)
        {
            var (active, weights) = ((int[])[.. _active], (double[])_weights.Clone());
            Activate(entering, 0);
            Settle();
            var next = Mixture();
            if (!IsNearer(next, point))
            {
                _active.Clear();
                _active.AddRange(active);
                weights.CopyTo(_weights, 0);
                return point;
            }
            point = next;
        }
        return point;
    }

    // The point most on the target's side of the plane through the present one, or −1 where there is none.
    private int Entering(double[] point)
    {
        var direction = new double[point.Length];
        for (var j = 0; j < direction.Length; j++)
            direction[j] = _target[j] - point[j];
        var here = CentredRows.Dot(direction, point);
        var (best, gain) = (-1, 0.0);
        for (var i = 0; i < _points.Length; i++)
        {
            var ahead = CentredRows.Dot(direction, _points[i]) - here;
            if (ahead > gain)
                (best, gain) = (i, ahead);
        }
        if (best < 0 || _weights[best] > 0)
            return -1;
        return gain > Negligible * SizeOfGain(point, _points[best]) ? best : -1;
    }

    // What a gain is rounded in proportion to: far out, value by value, since what is exactly across a far target's direction still counts.
    private double SizeOfGain(double[] point, double[] entering)
    {
        if (!_isFar)
            return CentredRows.Dot(point, point) + CentredRows.Dot(entering, entering) + CentredRows.Dot(_target, _target);
        var size = 0.0;
        for (var j = 0; j < point.Length; j++)
            size += (Math.Abs(_target[j]) + Math.Abs(point[j])) * (Math.Abs(point[j]) + Math.Abs(entering[j]));
        return size;
    }

    private bool IsNearer(double[] next, double[] point)
    {
        if (!_isFar)
            return CentredRows.SquaredDistance(next, _target) < CentredRows.SquaredDistance(point, _target);
        // a² − b² as (a − b)(a + b).
        var difference = 0.0;
        for (var j = 0; j < next.Length; j++)
            difference += (next[j] - point[j]) * (next[j] - _target[j] + (point[j] - _target[j]));
        return difference < 0;
    }

    // Goes to the nearest point of the active points' affine hull, and where that leaves their convex hull, to its border, which drops one.
    private void Settle()
    {
        while (_active.Count > 1)
        {
            if (AffineHull.Nearest(_points, _active, _target) is not { } wanted)
            {
                DropLightest();
                continue;
            }
            var step = 1.0;
            for (var a = 0; a < wanted.Length; a++)
            {
                if (wanted[a] <= 0)
                    step = Math.Min(step, _weights[_active[a]] / (_weights[_active[a]] - wanted[a]));
            }
            if (!double.IsFinite(step))
                step = 0;
            for (var a = 0; a < wanted.Length; a++)
                _weights[_active[a]] += step * (wanted[a] - _weights[_active[a]]);
            if (step == 1 && wanted.All(weight => weight > 0))
                break;
            DropEmpty(wanted);
        }
        Normalise();
    }

    // Of those that were to leave, the lightest leaves even where rounding has left it a little.
    private void DropEmpty(double[] wanted)
    {
        var lightest = -1;
        for (var a = 0; a < wanted.Length; a++)
        {
            if (wanted[a] <= 0 && (lightest < 0 || _weights[_active[a]] < _weights[_active[lightest]]))
                lightest = a;
        }
        _weights[_active[lightest]] = 0;
        for (var a = _active.Count - 1; a >= 0; a--)
        {
            if (_weights[_active[a]] <= 0)
                Drop(a);
        }
    }

    private void DropLightest()
    {
        var lightest = 0;
        for (var a = 1; a < _active.Count; a++)
        {
            if (_weights[_active[a]] < _weights[_active[lightest]])
                lightest = a;
        }
        Drop(lightest);
        Normalise();
    }

    private void Drop(int a)
    {
        _weights[_active[a]] = 0;
        _active.RemoveAt(a);
    }

    private void Activate(int point, double weight)
    {
        _active.Add(point);
        _weights[point] = weight;
    }

    private void Normalise()
    {
        var sum = _active.Sum(i => _weights[i]);
        foreach (var i in _active)
            _weights[i] = _active.Count == 1 ? 1 : _weights[i] / sum;
    }

    private int Nearest()
    {
        if (!_isFar)
        {
            var distances = Array.ConvertAll(_points, point => CentredRows.SquaredDistance(point, _target));
            return Array.IndexOf(distances, distances.Min());
        }
        var best = 0;
        for (var i = 1; i < _points.Length; i++)
        {
            if (IsNearer(_points[i], _points[best]))
                best = i;
        }
        return best;
    }

    private double[] Mixture()
    {
        var mixture = new double[_target.Length];
        foreach (var i in _active)
        {
            for (var j = 0; j < mixture.Length; j++)
                mixture[j] += _weights[i] * _points[i][j];
        }
        return mixture;
    }
}
