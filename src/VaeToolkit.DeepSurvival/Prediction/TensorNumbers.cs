using TorchSharp;

namespace VaeToolkit.DeepSurvival;

/// <summary>Tensors as float64 numbers.</summary>
internal static class TensorNumbers
{
    public static double[] Vector(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.float64).cpu().contiguous().data<double>().ToArray();
    }

    public static double[,] Matrix(torch.Tensor tensor)
    {
        var matrix = new double[tensor.shape[0], tensor.shape[1]];
        Buffer.BlockCopy(Vector(tensor), 0, matrix, 0, sizeof(double) * matrix.Length);
        return matrix;
    }

    public static double[][] Rows(torch.Tensor tensor)
    {
        var (numbers, width) = (Vector(tensor), (int)tensor.shape[1]);
        return [.. Enumerable.Range(0, (int)tensor.shape[0]).Select(i => numbers[(i * width)..((i + 1) * width)])];
    }
}
