using TorchSharp;

namespace VaeToolkit.Mega;

internal sealed class ComponentMoments(torch.Tensor table, torch.Tensor covariances, torch.Tensor components)
    : ConditionalMoments(table.index_select(0, components))
{
    internal override torch.Tensor CovarianceSum() => (covariances * Counts().reshape(-1, 1, 1)).sum(dim: 0);

    internal override double SquaredNorms(torch.Tensor origin)
    {
        var centred = table - origin;
        var shift = centred.unsqueeze(2) * origin;
        var second = covariances + centred.unsqueeze(2) * centred.unsqueeze(1) + shift + shift.transpose(1, 2);
        return (second.flatten(1).square().sum(dim: 1) * Counts()).sum().ToDouble();
    }

    private torch.Tensor Counts()
    {
        var index = torch.arange(table.shape[0], torch.int64, table.device).unsqueeze(1);
        return components.unsqueeze(0).eq(index).to(torch.float64).sum(dim: 1);
    }
}
