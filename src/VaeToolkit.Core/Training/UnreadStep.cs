using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// A step whose loss, terms and gradient norm are still on the device: looking at one of them waits for it. As a dictionary it has the
/// terms, so that an objective that advances by them can, and one that counts its steps waits for nothing.
/// </summary>
internal sealed class UnreadStep : IReadOnlyDictionary<string, double>, IDisposable
{
    private const int Loss = 0;

    private readonly IReadOnlyList<ObjectiveTerm> _terms;
    private readonly List<torch.Tensor> _tensors;
    private readonly bool _hasNorm;
    private StepResult? _read;

    /// <summary>Takes handles of its own on the numbers.</summary>
    /// <param name="index">Steps that the objective had taken before.</param>
    /// <param name="items">Items of the batch.</param>
    /// <param name="result">What was computed.</param>
    /// <param name="norm">The gradients' norm, one number, or null.</param>
    internal UnreadStep(long index, long items, ObjectiveResult result, torch.Tensor? norm)
    {
        (Index, Items, _terms, _hasNorm) = (index, items, result.Terms, norm is not null);
        _tensors = [.. ObjectiveReading.Tensors(result).Concat(norm is null ? [] : [norm])
            .Select(tensor => tensor.detach().DetachFromDisposeScope())];
    }

    internal long Index { get; }

    internal long Items { get; }

    /// <summary>The step in numbers.</summary>
    internal StepResult Result
    {
        get
        {
            if (_read is null)
                ReadAll([this]);
            return _read!.Value;
        }
    }

    public int Count => _terms.Count;

    public IEnumerable<string> Keys => _terms.Select(term => term.Name);

    public IEnumerable<double> Values => Result.Terms.Values;

    public double this[string key] => Result.Terms[key];

    /// <summary>Reads several steps at once: one copy, one wait.</summary>
    internal static void ReadAll(IReadOnlyList<UnreadStep> steps)
    {
        var numbers = ObjectiveReading.ReadTogether(steps.SelectMany(step => step._tensors)).AsSpan();
        foreach (var step in steps)
        {
            step.Fill(numbers[..step._tensors.Count]);
            numbers = numbers[step._tensors.Count..];
        }
    }

    /// <summary>A term where it is, or null when it is a number that was known without computing one.</summary>
    internal torch.Tensor? TensorOf(string term)
    {
        var place = Loss;
        foreach (var own in _terms)
        {
            if (own.Tensor is not null)
                place++;
            if (own.Name == term)
                return own.Tensor is null ? null : _tensors[place];
        }
        throw new KeyNotFoundException($"the objective has no term '{term}'");
    }

    public bool ContainsKey(string key) => _terms.Any(term => term.Name == key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out double value) => Result.Terms.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => Result.Terms.GetEnumerator();

    public void Dispose() => _tensors.ForEach(tensor => tensor.Dispose());

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Fill(ReadOnlySpan<double> numbers)
    {
        double? norm = _hasNorm ? numbers[^1] : null;
        var reading = ObjectiveReading.Of(_terms, numbers);
        _read = new(Index, reading.Loss, norm, reading.Terms);
    }
}
