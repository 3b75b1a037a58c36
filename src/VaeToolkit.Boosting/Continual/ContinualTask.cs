using System.Security.Cryptography;
using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>One task: the items of some classes. It owns its data.</summary>
public sealed class ContinualTask : IDisposable
{
    private const int HashedTogether = 1000;
    private const int HashDigits = 16;

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

    /// <summary>How many items it has, and a hash of their values; reads all of them.</summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var batch in new[] { Train, Validation, Test }.SelectMany(part => part?.InOrder(HashedTogether) ?? []))
        {
            using var scope = torch.NewDisposeScope();
            hash.AppendData(batch.Items.cpu().contiguous().bytes);
        }
        var digits = Convert.ToHexStringLower(hash.GetHashAndReset())[..HashDigits];
        return $"{Train.Count} training, {Validation?.Count ?? 0} validation and {Test.Count} test items with the hash {digits}";
    }

    /// <summary>The classes and how many items it has.</summary>
    public override string ToString()
        => $"task {Name}: {Train.Count} training, {Validation?.Count ?? 0} validation and {Test.Count} test items";

    /// <summary>Releases the data.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation?.Dispose();
        Test.Dispose();
    }
}
