using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>The largest eigenvalues of a covariance in descending order, with their vectors as columns, D × q.</summary>
internal sealed record LeadingEigenpairs(double[] Values, Matrix<double> Vectors)
{
    private const int SmallDimension = 160;
    private const int Oversampling = 12;
    private const int MostIterations = 400;
    private const double Tolerance = 1e-10;

    /// <summary>Subspace iteration where few pairs of a large matrix are wanted, else all of them are found.</summary>
    internal static LeadingEigenpairs Of(Matrix<double> covariance, int count)
        => covariance.RowCount > SmallDimension && count + Oversampling < covariance.RowCount / 4
            ? BySubspaceIteration(covariance, count) ?? ByFullDecomposition(covariance, count)
            : ByFullDecomposition(covariance, count);

    /// <summary>Those of AᵀA, by way of AAᵀ, for A with fewer rows than columns and of rank at least
    /// <paramref name="count"/>.</summary>
    internal static LeadingEigenpairs OfGram(Matrix<double> rows, int count)
    {
        var pairs = ByFullDecomposition(rows.TransposeAndMultiply(rows), count);
        var vectors = rows.TransposeThisAndMultiply(pairs.Vectors);
        return new(
            pairs.Values, Matrix<double>.Build.DenseOfColumnVectors(vectors.EnumerateColumns().Select(column => column.Normalize(2))));
    }

    // By LAPACK: the managed decomposition of a thousand columns takes minutes.
    private static LeadingEigenpairs ByFullDecomposition(Matrix<double> covariance, int count)
    {
        using var scope = torch.NewDisposeScope();
        var (values, vectors) = torch.linalg.eigh(Rows.Tensor(covariance));
        var first = covariance.RowCount - count;
        return Descending(Rows.Values(values.narrow(0, first, count)), Rows.Matrix(vectors.narrow(1, first, count)));
    }

    // Null when it does not settle: a flat spectrum.
    private static LeadingEigenpairs? BySubspaceIteration(Matrix<double> covariance, int count)
    {
        using var scope = torch.NewDisposeScope();
        var matrix = Rows.Tensor(covariance);
        // Any start that is not orthogonal to the answer will do; a fixed one makes results repeatable.
        var random = new Random(1);
        var start = Matrix<double>.Build.Dense(covariance.RowCount, count + Oversampling, (_, _) => random.NextDouble() - 0.5);
        var image = Rows.Tensor(start);
        for (var i = 0; i < MostIterations; i++)
        {
            using var inner = torch.NewDisposeScope();
            var (basis, _) = torch.linalg.qr(image);
            var applied = matrix.mm(basis);
            var rotation = Rows.Matrix(basis.t().mm(applied)).Evd(Symmetricity.Symmetric);
            var vectors = Rows.Tensor(rotation.EigenVectors.SubMatrix(0, count + Oversampling, Oversampling, count));
            var values = torch.tensor(rotation.EigenValues.Skip(Oversampling).Select(value => value.Real).ToArray(), device: torch.CPU);
            var residual = (applied.mm(vectors) - basis.mm(vectors) * values).norm().ToDouble();
            if (residual <= Tolerance * rotation.EigenValues[^1].Real)
                return Descending(Rows.Values(values), Rows.Matrix(basis.mm(vectors)));
            image = applied.MoveToOuterDisposeScope();
        }
        return null;
    }

    private static LeadingEigenpairs Descending(double[] values, Matrix<double> vectors)
        => new([.. values.Reverse()],
            Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(0, values.Length).Reverse().Select(j => vectors.Column(j))));
}
