using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// The covariance S (divisor n) of rows of mean 0, as iterations need it: its diagonal and its products with D × q matrices. Where rows
/// are fewer than D the products go through the rows, and no D × D matrix is made.
/// </summary>
internal sealed class SampleCovariance
{
    private readonly Matrix<double> _matrix;
    private readonly bool _isWhole;

    /// <summary>From rows <c>[N, D]</c> whose columns have mean 0.</summary>
    internal SampleCovariance(torch.Tensor rows)
    {
        using var scope = torch.NewDisposeScope();
        var (count, dimension) = (rows.shape[0], rows.shape[1]);
        var scaled = rows / Math.Sqrt(count);
        _isWhole = count >= dimension;
        _matrix = Rows.Matrix(_isWhole ? scaled.t().mm(scaled) : scaled);
        Diagonal = Rows.Vector(scaled.square().sum(dim: 0));
    }

    /// <summary>The variances, D values.</summary>
    internal Vector<double> Diagonal { get; }

    /// <summary>Their sum.</summary>
    internal double Trace => Diagonal.Sum();

    /// <summary>S A.</summary>
    internal Matrix<double> Times(Matrix<double> columns)
        => _isWhole ? _matrix * columns : _matrix.TransposeThisAndMultiply(_matrix * columns);

    /// <summary>The largest eigenvalues of S with their vectors; no more than rows where those are fewer than D.</summary>
    internal LeadingEigenpairs Leading(int count)
        => _isWhole ? LeadingEigenpairs.Of(_matrix, count) : LeadingEigenpairs.OfGram(_matrix, count);
}
