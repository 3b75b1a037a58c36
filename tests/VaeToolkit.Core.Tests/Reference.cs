using TorchSharp;

namespace VaeToolkit.Tests;

/// <summary>Reading tensors and integrating functions, for tests.</summary>
internal static class Reference
{
    public static double[] Values(this torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.float64).reshape(-1).data<double>().ToArray();
    }

    /// <summary>
    /// Tensors alive in the process, once the finalizer has had those that earlier tests left to it: the first of two counts.
    /// The second is <c>torch.Tensor.TotalCount</c> as it stands, so that what was left to the finalizer in between counts as a leak;
    /// less one for every parameter made in between (TorchSharp never takes back the tensor that a parameter takes over).
    /// </summary>
    public static long LiveTensors()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return torch.Tensor.TotalCount;
    }

    /// <summary>Simpson's rule over an even number of intervals.</summary>
    public static double Integrate(Func<double[], double[]> function, double from, double to, int intervals = 4000)
    {
        var step = (to - from) / intervals;
        var values = function([.. Enumerable.Range(0, intervals + 1).Select(i => from + i * step)]);
        return step / 3 * values.Select((value, i) => value * (i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2)).Sum();
    }

    /// <summary>Central differences of a scalar function of a tensor, value by value.</summary>
    public static double[] FiniteDifferences(Func<torch.Tensor, torch.Tensor> function, torch.Tensor at, double step = 1e-5)
    {
        using var scope = torch.NewDisposeScope();
        var values = at.Values();
        return [.. values.Select((_, i) => (ValueWith(i, step) - ValueWith(i, -step)) / (2 * step))];

        double ValueWith(int index, double change)
        {
            var changed = (double[])values.Clone();
            changed[index] += change;
            return function(torch.tensor(changed).reshape(at.shape)).ToDouble();
        }
    }

    /// <summary>The gradient of a scalar function by backpropagation.</summary>
    public static double[] Gradient(Func<torch.Tensor, torch.Tensor> function, torch.Tensor at)
    {
        using var scope = torch.NewDisposeScope();
        var leaf = at.detach().clone().requires_grad_();
        function(leaf).backward();
        return leaf.grad!.Values();
    }
}
