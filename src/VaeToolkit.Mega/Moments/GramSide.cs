using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>The matrix XᵀX of D × D through X alone, <c>[rows, D]</c>.</summary>
internal sealed class GramSide(torch.Tensor rows)
{
    private const long Block = 2048;

    /// <summary>‖XᵀX‖_F² = ‖XXᵀ‖_F².</summary>
    internal double SquaredNorm() => Cross(this);

    /// <summary>⟨XᵀX, YᵀY⟩ = ‖XYᵀ‖_F², in blocks of rows.</summary>
    internal double Cross(GramSide other)
    {
        var total = 0.0;
        for (var start = 0L; start < rows.shape[0]; start += Block)
        {
            using var scope = torch.NewDisposeScope();
            total += rows.narrow(0, start, Math.Min(Block, rows.shape[0] - start)).mm(other.Values.t()).square().sum().ToDouble();
        }
        return total;
    }

    /// <summary>XᵀX v.</summary>
    internal torch.Tensor Apply(torch.Tensor vector) => rows.t().mm(rows.mm(vector.unsqueeze(1))).squeeze(1);

    internal torch.Tensor Diagonal() => rows.square().sum(dim: 0);

    private torch.Tensor Values => rows;
}
