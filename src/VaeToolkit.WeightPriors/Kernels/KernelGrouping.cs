namespace VaeToolkit.WeightPriors;

/// <summary>Which layers share a prior. Every layer belongs to exactly one group.</summary>
public sealed class KernelGrouping
{
    private readonly Dictionary<string, string> _groups;

    private KernelGrouping(IEnumerable<(string Layer, string Group)> layers)
    {
        _groups = layers.ToDictionary(pair => pair.Layer, pair => pair.Group);
        Layers = [.. _groups.Keys];
        Groups = [.. _groups.Values.Distinct()];
    }

    /// <summary>The layers, in the order in which kernels are harvested.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>The groups, in the order of their first layers.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>A group for each layer, called like it.</summary>
    /// <param name="layers">The layers, such as <see cref="SegmentationNetwork.KernelLayers"/>.</param>
    /// <exception cref="ArgumentException">There are none, or one comes twice.</exception>
    public static KernelGrouping PerLayer(IReadOnlyList<string> layers) => Custom(layers, layer => layer);

    /// <summary>
    /// Groups of consecutive layers, by the rule behind the list of Kuzina et al. (2019): the input block with the first convolution of the
    /// level below it; of each level its other convolutions with the first one into the next level; the rest of the coarsest level; then
    /// both convolutions of each decoder level. (Their list names the first convolution of each decoder level twice and the second never.)
    /// </summary>
    /// <param name="layers">The layers of a network of this library, <see cref="SegmentationNetwork.KernelLayers"/>.</param>
    /// <exception cref="ArgumentException">A layer has a name that such networks do not have; there are none;
    /// or one comes twice.</exception>
    public static KernelGrouping Consecutive(IReadOnlyList<string> layers)
    {
        var level = 0;
        return Custom(layers, GroupOfNext);

        string GroupOfNext(string layer)
        {
            var parts = layer.Split('.');
            if (parts is ["ups", var block, _, "conv"])
                return $"decoder-{block}";
            if (layer != "init" && parts is not ["downs", _, _, "c1" or "c2", "conv"])
                throw new ArgumentException($"'{layer}' is no layer of this library's networks; use a custom grouping", nameof(layers));
            // The first convolution into a level ends a group; the next begins with the one after it.
            return parts is ["downs", _, "0", "c1", _] ? $"encoder-{level++}" : $"encoder-{level}";
        }
    }

    /// <summary>Groups by a rule of your own.</summary>
    /// <param name="layers">The layers; the rule is asked in this order.</param>
    /// <param name="groupOf">From a layer's name to its group's.</param>
    /// <exception cref="ArgumentException">There are no layers, one comes twice, or the rule gives an empty name.</exception>
    public static KernelGrouping Custom(IReadOnlyList<string> layers, Func<string, string> groupOf)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(groupOf);
        if (layers.Count == 0 || layers.Distinct().Count() != layers.Count)
            throw new ArgumentException("a grouping needs at least one layer, and every layer once", nameof(layers));
        return new([.. layers.Select(layer => (layer, Named(layer, groupOf(layer))))]);
    }

    /// <summary>The group of a layer.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <exception cref="ArgumentException">The grouping does not know the layer.</exception>
    public string GroupOf(string layer) => _groups.TryGetValue(layer, out var group)
        ? group
        : throw new ArgumentException(
            $"layer '{layer}' belongs to no group; the grouping knows {string.Join(", ", Layers)}", nameof(layer));

    /// <summary>A line a group, with its layers.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        Groups.Select(group => $"{group}: {string.Join(", ", Layers.Where(layer => _groups[layer] == group))}"));

    private static string Named(string layer, string group)
        => string.IsNullOrEmpty(group)
            ? throw new ArgumentException($"layer '{layer}' was given a group without a name", nameof(group)) : group;
}
