using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>An objective's result as numbers.</summary>
internal readonly record struct ObjectiveReading(double Loss, IReadOnlyDictionary<string, double> Terms)
{
    /// <summary>Reads the loss and all terms; from a GPU in one copy, since every copy waits for the device.</summary>
    public static ObjectiveReading Of(ObjectiveResult result)
    {
        var tensors = Tensors(result);
        return Of(result.Terms, result.Loss.device_type == DeviceType.CPU ? ReadEach(tensors) : ReadTogether(tensors));
    }

    /// <summary>A loss and its terms, given the numbers of <see cref="Tensors"/> in their order.</summary>
    public static ObjectiveReading Of(IReadOnlyList<ObjectiveTerm> all, ReadOnlySpan<double> numbers)
    {
        var terms = new OrderedDictionary<string, double>(all.Count);
        var next = 1;
        foreach (var term in all)
            terms.Add(term.Name, term.Tensor is null ? term.Number : numbers[next++]);
        return new ObjectiveReading(numbers[0], terms);
    }

    /// <summary>The loss and those terms that are tensors, each of one number.</summary>
    public static List<torch.Tensor> Tensors(ObjectiveResult result)
    {
        var tensors = new List<torch.Tensor>(result.Terms.Count + 1) { Scalar("loss", result.Loss) };
        foreach (var term in result.Terms)
        {
            if (term.Tensor is { } tensor)
                tensors.Add(Scalar(term.Name, tensor));
        }
        return tensors;
    }

    /// <summary>Reads numbers in one copy.</summary>
    public static double[] ReadTogether(IEnumerable<torch.Tensor> tensors)
    {
        using var scope = torch.NewDisposeScope();
        return torch.cat([.. tensors.Select(tensor => tensor.detach().reshape(1))]).cpu().to(torch.float64).data<double>().ToArray();
    }

    /// <summary>The mean of two parts' readings with the same terms, the first with a weight from 0 to 1.</summary>
    public static ObjectiveReading Mean(ObjectiveReading first, ObjectiveReading second, double weight)
    {
        var terms = new OrderedDictionary<string, double>(first.Terms.Count);
        foreach (var (name, value) in first.Terms)
            terms.Add(name, Weighted(value, second.Terms[name]));
        return new ObjectiveReading(Weighted(first.Loss, second.Loss), terms);

        double Weighted(double a, double b) => b + weight * (a - b);
    }

    /// <summary>The first value that is not finite, terms before the loss since they say more; null when all are.</summary>
    public (string Name, double Value)? FirstNonFinite()
    {
        foreach (var (name, value) in Terms)
        {
            if (!double.IsFinite(value))
                return (name, value);
        }
        return double.IsFinite(Loss) ? null : ("loss", Loss);
    }

    /// <exception cref="NonFiniteLossException">A value is not finite.</exception>
    public ObjectiveReading RequireFinite(long step, string stage) =>
        FirstNonFinite() is var (name, value) ? throw new NonFiniteLossException(name, value, step, stage) : this;

    private static torch.Tensor Scalar(string name, torch.Tensor tensor) => tensor.numel() == 1
        ? tensor
        : throw new InvalidOperationException(
            $"The objective's '{name}' must be one number, but has the shape [{string.Join(", ", tensor.shape)}]; sum or average it.");

    private static double[] ReadEach(List<torch.Tensor> tensors) => [.. tensors.Select(tensor => tensor.ToDouble())];
}
