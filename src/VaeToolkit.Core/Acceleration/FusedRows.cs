using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Log-densities of rows and their gradients in one pass over plain memory, for contiguous float32 tensors on the CPU. Tensor operators
/// read and write tensors of the parameters' size ten times and more for the same.
/// </summary>
/// <typeparam name="TRow">What is computed for a row.</typeparam>
internal static class FusedRows<TRow>
    where TRow : IFusedRow
{
    // Below this many values a second thread costs more to wake than it saves.
    private const long FewestValuesToSplit = 1 << 15;

    /// <summary>Whether the tensors are such as the pass takes; else tensor operators do the same.</summary>
    internal static bool Fit(torch.Tensor parameters, torch.Tensor x)
        => parameters.dtype == torch.float32 && x.dtype == torch.float32
            && parameters.device_type == DeviceType.CPU && x.device_type == DeviceType.CPU
            && parameters.is_contiguous() && x.is_contiguous()
            && !x.requires_grad
            && parameters.NumberOfElements is > 0 and <= int.MaxValue / sizeof(float);

    /// <summary>f of every row, with its gradient with respect to the parameters; that cannot be differentiated again.</summary>
    /// <param name="parameters"><c>[N, D]</c> or <c>[K, N, D]</c>.</param>
    /// <param name="x"><c>[N, D]</c>.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>, float64: whoever adds constants rounds afterwards.</returns>
    internal static torch.Tensor LogDensity(torch.Tensor parameters, torch.Tensor x)
    {
        var (density, residual) = Compute(parameters, x, withResidual: torch.is_grad_enabled() && parameters.requires_grad);
        if (residual is null)
            return density;
        // Σ θ ∂f/∂θ with ∂f/∂θ held fixed has the gradient that is wanted; less its own value it adds nothing.
        using var products = parameters * residual;
        var linear = products.sum(-1);
        return density + (linear - linear.detach());
    }

    /// <summary>
    /// The mean of f over all rows, one float64 number: as above, by a product of vectors that leaves no tensor of the parameters' size
    /// behind.
    /// </summary>
    internal static torch.Tensor MeanLogDensity(torch.Tensor parameters, torch.Tensor x)
    {
        var (density, residual) = Compute(parameters, x, withResidual: torch.is_grad_enabled() && parameters.requires_grad);
        var mean = density.mean();
        if (residual is null)
            return mean;
        var linear = parameters.reshape(-1).dot(residual.reshape(-1));
        return mean.add(linear - linear.detach(), 1.0 / density.NumberOfElements);
    }

    private static (torch.Tensor Density, torch.Tensor? Residual) Compute(torch.Tensor parameters, torch.Tensor x, bool withResidual)
    {
        using var noGradient = torch.no_grad();
        var density = torch.empty(parameters.shape[..^1], dtype: torch.float64, device: parameters.device);
        var residual = withResidual ? torch.empty_like(parameters) : null;
        var rows = (int)density.NumberOfElements;
        var workers = parameters.NumberOfElements < FewestValuesToSplit ? 1
            : Math.Min(Math.Min(torch.get_num_threads(), Environment.ProcessorCount), rows);
        if (workers == 1)
            ComputeRows(parameters, x, density, residual, 0, rows);
        else
            Parallel.For(0, workers, worker => ComputeRows(
                parameters, x, density, residual, (int)((long)rows * worker / workers), (int)((long)rows * (worker + 1) / workers)));
        return (density, residual);
    }

    // A row's sum is taken by one worker in one order, so the result does not depend on the number of workers.
    private static void ComputeRows(torch.Tensor parameters, torch.Tensor x, torch.Tensor density, torch.Tensor? residual, int from, int to)
    {
        var (items, size) = ((int)x.shape[0], (int)x.shape[1]);
        var theta = DenseRows.Values(parameters);
        var values = DenseRows.Values(x);
        var results = MemoryMarshal.Cast<byte, double>(density.bytes);
        var residuals = residual is null ? default : DenseRows.Values(residual);
        for (var row = from; row < to; row++)
        {
            var target = residual is null ? default : residuals.Slice(row * size, size);
            results[row] = TRow.Row(theta.Slice(row * size, size), values.Slice(row % items * size, size), target);
        }
        // Without a scope that holds them, nothing else would while only their memory is read.
        GC.KeepAlive((parameters, x, density, residual));
    }
}
