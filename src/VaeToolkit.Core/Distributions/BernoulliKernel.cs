using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit.Distributions;

/// <summary>
/// The Bernoulli log-likelihood and its gradient in one pass over plain memory, for contiguous float32 tensors on the CPU. Tensor operators
/// read and write tensors of the logits' size about fourteen times for it.
/// </summary>
internal static class BernoulliKernel
{
    // Below this many values a second thread costs more to wake than it saves.
    private const long FewestValuesToSplit = 1 << 15;

    // Σ log(1 + t) = log Π (1 + t): one logarithm for so many factors. None is above 2, so their product is at most 2⁶⁴, far from overflow.
    private const int FactorsAtOnce = 64;

    /// <summary>Whether the tensors are such as the kernel takes; else tensor operators do the same.</summary>
    internal static bool Fits(torch.Tensor logits, torch.Tensor x)
        => logits.dtype == torch.float32 && x.dtype == torch.float32
            && logits.device_type == DeviceType.CPU && x.device_type == DeviceType.CPU
            && logits.is_contiguous() && x.is_contiguous()
            && !x.requires_grad
            && logits.NumberOfElements is > 0 and <= int.MaxValue / sizeof(float);

    /// <summary>Σ x l − log(1 + eˡ) of every row; and, where it is asked for, x − σ(l), the gradient with respect to the logits.</summary>
    /// <param name="logits"><c>[N, D]</c> or <c>[K, N, D]</c>.</param>
    /// <param name="x"><c>[N, D]</c>.</param>
    /// <param name="withResidual">Whether x − σ(l) is asked for.</param>
    /// <returns>Log-likelihoods <c>[N]</c> or <c>[K, N]</c>, and x − σ(l) in the shape of the logits or null. Neither has a gradient.</returns>
    internal static (torch.Tensor LogProb, torch.Tensor? Residual) Compute(torch.Tensor logits, torch.Tensor x, bool withResidual)
    {
        using var noGradient = torch.no_grad();
        var logProb = torch.empty(logits.shape[..^1], dtype: torch.float32);
        var residual = withResidual ? torch.empty_like(logits) : null;
        var rows = (int)logProb.NumberOfElements;
        var workers = logits.NumberOfElements < FewestValuesToSplit ? 1 : Math.Min(Math.Min(torch.get_num_threads(), Environment.ProcessorCount), rows);
        if (workers == 1)
            ComputeRows(logits, x, logProb, residual, 0, rows);
        else
            Parallel.For(0, workers, worker => ComputeRows(logits, x, logProb, residual, (int)((long)rows * worker / workers), (int)((long)rows * (worker + 1) / workers)));
        return (logProb, residual);
    }

    // A row's sum is taken by one worker in one order, so the result does not depend on the number of workers.
    private static void ComputeRows(torch.Tensor logits, torch.Tensor x, torch.Tensor logProb, torch.Tensor? residual, int from, int to)
    {
        var size = (int)x.shape[1];
        var items = (int)x.shape[0];
        var l = Floats(logits);
        var pixels = Floats(x);
        var results = Floats(logProb);
        var residuals = residual is null ? default : Floats(residual);
        for (var row = from; row < to; row++)
        {
            var target = residual is null ? default : residuals.Slice(row * size, size);
            results[row] = Row(l.Slice(row * size, size), pixels.Slice(row % items * size, size), target);
        }
    }

    private static float Row(ReadOnlySpan<float> logits, ReadOnlySpan<float> x, Span<float> residual)
    {
        var l = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var p = MemoryMarshal.Cast<float, Vector<float>>(x);
        var r = MemoryMarshal.Cast<float, Vector<float>>(residual);
        var total = Vector<float>.Zero;
        for (var start = 0; start < l.Length; start += FactorsAtOnce)
        {
            var count = Math.Min(FactorsAtOnce, l.Length - start);
            total += Block(l.Slice(start, count), p.Slice(start, count), r.IsEmpty ? r : r.Slice(start, count));
        }
        var done = logits.Length / Vector<float>.Count * Vector<float>.Count;
        return Vector.Sum(total) + Rest(logits[done..], x[done..], residual.IsEmpty ? residual : residual[done..]);
    }

    // Compiled in full at its first call: it is all loop, so the quick first version would run for long.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector<float> Block(ReadOnlySpan<Vector<float>> logits, ReadOnlySpan<Vector<float>> x, Span<Vector<float>> residual)
    {
        var (total, product) = (Vector<float>.Zero, Vector<float>.One);
        for (var i = 0; i < logits.Length; i++)
        {
            // With t = e^−|l|: log(1 + eˡ) = max(l, 0) + log(1 + t), and σ(l) is 1 / (1 + t), or t / (1 + t) below zero. Nothing overflows.
            var l = logits[i];
            var t = LogisticVectors.ExpOfMinus(Vector.Abs(l));
            var factor = Vector<float>.One + t;
            product *= factor;
            total += x[i] * l - Vector.Max(l, Vector<float>.Zero);
            if (!residual.IsEmpty)
                residual[i] = x[i] - Vector.ConditionalSelect(Vector.LessThan(l, Vector<float>.Zero), t, Vector<float>.One) / factor;
        }
        return total - Vector.Log(product);
    }

    private static float Rest(ReadOnlySpan<float> logits, ReadOnlySpan<float> x, Span<float> residual)
    {
        var total = 0f;
        for (var i = 0; i < logits.Length; i++)
        {
            var t = MathF.Exp(-MathF.Abs(logits[i]));
            total += x[i] * logits[i] - MathF.Max(logits[i], 0) - MathF.Log(1 + t);
            if (!residual.IsEmpty)
                residual[i] = x[i] - (logits[i] < 0 ? t : 1) / (1 + t);
        }
        return total;
    }

    private static Span<float> Floats(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
