namespace VaeToolkit.Archetypes;

/// <summary>Weights and archetypes of items, improved in turn from a start; neither step raises the residual.</summary>
internal sealed class HullFactorisation
{
    private readonly double[][] _items;
    private readonly double[][] _archetypes;
    private readonly double[][] _residuals;

    /// <param name="items">The items, one array each.</param>
    /// <param name="start">The items that are the first archetypes.</param>
    public HullFactorisation(double[][] items, int[] start)
    {
        _items = items;
        _archetypes = [.. start.Select(item => (double[])items[item].Clone())];
        _residuals = [.. items.Select(item => new double[item.Length])];
        (Weights, Mixing) = (new double[items.Length, start.Length], new double[start.Length, items.Length]);
        for (var k = 0; k < start.Length; k++)
            Mixing[k, start[k]] = 1;
        FitWeights();
    }

    /// <summary>A, <c>[N, k]</c>.</summary>
    public double[,] Weights { get; }

    /// <summary>B, <c>[k, N]</c>.</summary>
    public double[,] Mixing { get; }

    /// <summary>‖X − A B X‖².</summary>
    public double Residual { get; private set; }

    /// <summary>Iterations so far.</summary>
    public int Iterations { get; private set; }

    /// <summary>Whether they have come to rest.</summary>
    public bool Converged { get; private set; }

    /// <summary>Improves both in turn until nothing is gained.</summary>
    public void Improve(
        LinearArchetypesOptions options, double totalSquares, Action<double> report, CancellationToken cancellationToken)
    {
        while (Iterations < options.MaxIterations && !Converged)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = Residual;
            for (var k = 0; k < _archetypes.Length; k++)
                MoveArchetype(k);
            FitWeights();
            Iterations++;
            Converged = before - Residual <= options.Tolerance * totalSquares;
            report((double)Iterations / options.MaxIterations);
        }
    }

    private void FitWeights()
    {
        Residual = 0;
        for (var i = 0; i < _items.Length; i++)
        {
            var nearest = HullProjection.Of(_archetypes, _items[i]);
            for (var k = 0; k < _archetypes.Length; k++)
                Weights[i, k] = nearest.Weights[k];
            for (var j = 0; j < _items[i].Length; j++)
                _residuals[i][j] = _items[i][j] - nearest.Point[j];
            Residual += CentredRows.Dot(_residuals[i], _residuals[i]);
        }
    }

    // With all else as it is, the residual is ‖a_k‖² times the squared distance of archetype k from one point: the hull's nearest is
    // best.
    private void MoveArchetype(int k)
    {
        var squares = 0.0;
        for (var i = 0; i < _items.Length; i++)
            squares += Weights[i, k] * Weights[i, k];
        if (squares == 0)
        {
            Replace(k);
            return;
        }
        var target = (double[])_archetypes[k].Clone();
        for (var i = 0; i < _items.Length; i++)
        {
            if (Weights[i, k] is var weight and > 0)
            {
                for (var j = 0; j < target.Length; j++)
                    target[j] += weight * _residuals[i][j] / squares;
            }
        }
        Move(k, HullProjection.Of(_items, target, Row(k)));
    }

    // Nobody uses it: where the largest residual is it can be of use.
    private void Replace(int k)
    {
        var sizes = _residuals.Select(residual => CentredRows.Dot(residual, residual)).ToArray();
        var worst = Array.IndexOf(sizes, sizes.Max());
        var weights = new double[_items.Length];
        weights[worst] = 1;
        Move(k, new(weights, (double[])_items[worst].Clone()));
    }

    private void Move(int k, HullPoint to)
    {
        for (var i = 0; i < _items.Length; i++)
        {
            if (Weights[i, k] is var weight and > 0)
            {
                for (var j = 0; j < to.Point.Length; j++)
                    _residuals[i][j] -= weight * (to.Point[j] - _archetypes[k][j]);
            }
            Mixing[k, i] = to.Weights[i];
        }
        _archetypes[k] = to.Point;
    }

    private double[] Row(int k) => [.. Enumerable.Range(0, _items.Length).Select(i => Mixing[k, i])];
}
