using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>Modules registered as 0, 1, 2, …; whoever holds it calls them.</summary>
internal sealed class NumberedModules<TModule> : torch.nn.Module
    where TModule : torch.nn.Module
{
    internal NumberedModules(IEnumerable<TModule> modules)
        : base("numbered")
    {
        Items = [.. modules];
        for (var i = 0; i < Items.Count; i++)
            register_module(FormattableString.Invariant($"{i}"), Items[i]);
    }

    internal IReadOnlyList<TModule> Items { get; }

    /// <summary>How many there are, and of what.</summary>
    public override string ToString() => $"{Items.Count} × {Items[0]}";

    protected override void RegisterComponents()
    {
    }
}
