using TorchSharp;

namespace VaeToolkit.Mega.Moments;

internal sealed class ComponentMoments(torch.Tensor table, torch.Tensor covariances, torch.Tensor components)
    : ConditionalMoments(table.index_select(0, components))
{
    internal override torch.Tensor CovarianceSum() => (covariances * Counts().reshape(-1, 1, 1)).sum(dim: 0);

    internal override double SquaredNorms()
    {
        var second = covariances + table.unsqueeze(2) * table.unsqueeze(1);
        return (second.flatten(1).square().sum(dim: 1) * Counts()).sum().ToDouble();
    }

    private torch.Tensor Counts()
    {
        var index = torch.arange(table.shape[0], torch.int64, table.device).unsqueeze(1);
        return components.unsqueeze(0).eq(index).to(torch.float64).sum(dim: 1);
    }
}
