using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// The rows of a boosted prior, one a component, as buffers of its module. They are changed in place,
/// since a module's buffer cannot be replaced.
/// </summary>
internal sealed class ComponentTable(torch.nn.Module owner, KeptNumbers numbers)
{
    private const double Tolerance = 1e-6;

    internal const string PseudoInputs = "pseudo_inputs";
    internal const string Weights = "weights";
    internal const string Tasks = "tasks";
    internal const string Means = "means";
    internal const string LogVariances = "log_variances";

    /// <summary>The buffers, all with a row for each component.</summary>
    internal static IReadOnlyList<string> Names { get; } = [PseudoInputs, Weights, Tasks, Means, LogVariances];

    internal torch.Tensor this[string name] => owner.get_buffer(name)!;

    internal int Count => (int)this[Weights].shape[0];

    /// <summary>Every component's weight within its task.</summary>
    internal double[] ReadWeights() => numbers.Of(Weights);

    /// <summary>Every component's task, from 0.</summary>
    internal long[] ReadTasks() => Array.ConvertAll(numbers.Of(Tasks), task => (long)task);

    /// <summary>The rows of a task, in order.</summary>
    internal long[] RowsOf(long task)
    {
        var tasks = ReadTasks();
        return [.. Enumerable.Range(0, tasks.Length).Where(row => tasks[row] == task).Select(row => (long)row)];
    }

    /// <summary>Each component's share of the whole: its weight in its task over the number of tasks; or of the last task alone.</summary>
    /// <exception cref="InvalidOperationException">There is no component yet, or a weight is negative, or those of a task do not sum to
    /// one.</exception>
    internal Dictionary<long, double> Shares(int count, bool currentOnly)
    {
        var (weights, tasks) = (ReadWeights(), ReadTasks());
        if (count == 0)
            throw new InvalidOperationException("the prior has no components yet; begin a task first");
        if (weights.Any(weight => !(weight >= 0)))
            throw new InvalidOperationException(FormattableString.Invariant(
                $"a component's weight is {weights.First(weight => !(weight >= 0))}; every weight must be a number of at least 0"));
        foreach (var task in Enumerable.Range(0, count))
        {
            var sum = weights.Where((_, row) => tasks[row] == task).Sum();
            if (!(Math.Abs(sum - 1) < Tolerance))
                throw new InvalidOperationException(
                    FormattableString.Invariant($"the weights of task {task} sum to {sum}; they must sum to 1 (within {Tolerance})"));
        }
        return Enumerable.Range(0, weights.Length).Where(row => !currentOnly || tasks[row] == count - 1)
            .ToDictionary(row => (long)row, row => currentOnly ? weights[row] : weights[row] / count);
    }

    /// <summary>Some rows of a buffer, as they are until the table is changed: a view of those that follow one another.</summary>
    internal torch.Tensor Present(string name, long[] rows)
    {
        var follow = rows.Length > 0 && rows.Select((row, i) => row == rows[0] + i).All(isNext => isNext);
        return follow ? this[name].narrow(0, rows[0], rows.Length) : Select(name, rows);
    }

    /// <summary>A copy of some rows of a buffer.</summary>
    internal torch.Tensor Select(string name, long[] rows)
    {
        using var index = torch.tensor(rows, device: this[name].device);
        return this[name].index_select(0, index);
    }

    /// <summary>Adds one row at the end; what is stored at the end of a task is 0 until then.</summary>
    /// <param name="pseudoInput"><c>[1, *item]</c>.</param>
    /// <param name="task">Its task.</param>
    internal void Append(torch.Tensor pseudoInput, long task)
    {
        using var scope = torch.NewDisposeScope();
        Set(PseudoInputs, torch.cat([this[PseudoInputs], pseudoInput.detach().to(this[PseudoInputs].dtype)]));
        Set(Tasks, torch.cat([this[Tasks], torch.full([1L], task, torch.int64, this[Tasks].device)]));
        foreach (var name in new[] { Weights, Means, LogVariances })
            Set(name, torch.cat([this[name], torch.zeros([1, .. this[name].shape[1..]], this[name].dtype, this[name].device)]));
    }

    /// <summary>Keeps some rows, in order.</summary>
    internal void Keep(long[] rows)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var name in Names)
            Set(name, Select(name, rows));
    }

    /// <summary>Writes values into rows of a buffer.</summary>
    internal void Write(string name, long[] rows, torch.Tensor values)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var buffer = this[name];
        values = values.detach().to(buffer.dtype, buffer.device);
        for (var i = 0; i < rows.Length; i++)
            buffer.select(0, rows[i]).copy_(values.select(0, i));
        numbers.Forget();
    }

    private void Set(string name, torch.Tensor values)
    {
        using var noGradient = torch.no_grad();
        this[name].set_(values);
        numbers.Forget();
    }
}
