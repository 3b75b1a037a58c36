using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Who uses which models at the moment. Threads may read a model together: the first puts it into evaluation mode, and when none reads it
/// any more, its modes are as they were. Whoever changes it, as training does, has it alone. The lock is around this bookkeeping, never
/// around operators.
/// </summary>
internal sealed class ModelUse : IDisposable
{
    private static readonly Lock s_turn = new();
    private static readonly List<ModelUse> s_all = [];

    // Modes that readers have changed and that are to be put back.
    private static readonly List<(ModelUse First, PartModes Modes)> s_before = [];

    private readonly torch.nn.Module _model;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly string? _change;
    private torch.nn.Module[]? _parts;

    private ModelUse(torch.nn.Module model, string? change) => (_model, _change) = (model, change);

    // Asked where several threads use models, or one reads: a step of training, which begins a use, makes no list of the model's parts.
    private torch.nn.Module[] Parts => _parts ??= [.. _model.modules().Prepend(_model)];

    /// <summary>Reads a model in evaluation mode, until disposed.</summary>
    /// <exception cref="InvalidOperationException">Another thread is changing it.</exception>
    internal static ModelUse Read(torch.nn.Module model)
    {
        var use = new ModelUse(model, null);
        lock (s_turn)
        {
            if (s_all.Find(other => other._change is not null && other.IsInTheWayOf(use)) is { } change)
                throw new InvalidOperationException(
                    $"{use.Name} {change._change} on another thread, so it cannot answer meanwhile: ask a copy, made before by "
                    + "Freeze(), or ask when that is over");
            if (use.Parts.Any(part => part.training))
            {
                s_before.Add((use, new(model)));
                model.eval();
            }
            s_all.Add(use);
        }
        return use;
    }

    /// <summary>Has a model alone, until disposed. The thread may read it meanwhile.</summary>
    /// <param name="model">The model.</param>
    /// <param name="change">What happens to it, after its name: "is being trained".</param>
    /// <exception cref="InvalidOperationException">Another thread is reading or changing it.</exception>
    internal static ModelUse Change(torch.nn.Module model, string change)
    {
        var use = new ModelUse(model, change);
        lock (s_turn)
        {
            if (s_all.Find(other => other.IsInTheWayOf(use)) is { } other)
                throw new InvalidOperationException(
                    $"{use.Name} {other._change ?? "is being read"} on another thread, so it cannot be used here as what {change}: "
                    + "let other threads read a copy, made by Freeze()");
            s_all.Add(use);
        }
        return use;
    }

    public void Dispose()
    {
        lock (s_turn)
        {
            if (!s_all.Remove(this) || s_before.Count == 0)
                return;
            // The latest first: what it found may be what an earlier one had set.
            for (var i = s_before.Count - 1; i >= 0; i--)
            {
                if (s_all.Exists(other => other._change is null && other.Shares(s_before[i].First)))
                    continue;
                s_before[i].Modes.Dispose();
                s_before.RemoveAt(i);
            }
        }
    }

    private string Name => _model.GetName();

    private bool IsInTheWayOf(ModelUse other) => _thread != other._thread && Shares(other);

    private bool Shares(ModelUse other) => ReferenceEquals(_model, other._model) || Parts.Intersect(other.Parts).Any();
}
