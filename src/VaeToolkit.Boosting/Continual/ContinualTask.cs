using VaeToolkit.Data;

namespace VaeToolkit.Boosting.Continual;

/// <summary>One task: the items of some classes. It owns its data.</summary>
public sealed class ContinualTask : IDisposable
{
    internal ContinualTask(IReadOnlyList<long> classes, TensorData train, TensorData? validation, TensorData test)
        => (Classes, Train, Validation, Test) = (classes, train, validation, test);

    /// <summary>The labels of its items.</summary>
    public IReadOnlyList<long> Classes { get; }

    /// <summary>The classes, such as <c>0+1</c>.</summary>
    public string Name => string.Join('+', Classes);

    /// <summary>What is trained on.</summary>
    public TensorData Train { get; }

    /// <summary>What epochs are compared by; null when no items were set aside.</summary>
    public TensorData? Validation { get; }

    /// <summary>What is evaluated on, now and after every later task.</summary>
    public TensorData Test { get; }

    /// <summary>Releases the data.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation?.Dispose();
        Test.Dispose();
    }
}
