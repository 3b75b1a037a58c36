using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Boosting;

/// <summary>
/// A linear map for each task, of which one is active, before a decoder that all share. Saved keys:
/// <c>head0</c> and so on, and <c>shared</c>.
/// </summary>
public sealed class MultiHeadDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "multi-head-decoder";

    private readonly Decoder _shared;
    private readonly List<Linear> _heads = [];

    /// <summary>Makes the maps and takes the shared decoder over.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="shared">The decoder behind the maps; its latent size is theirs to reach.</param>
    /// <param name="tasks">How many maps, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public MultiHeadDecoder(long latentSize, Decoder shared, int tasks)
        : base(nameof(MultiHeadDecoder))
    {
        ArgumentNullException.ThrowIfNull(shared);
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(tasks, "the number of tasks", nameof(tasks));
        (LatentSize, _shared) = (latentSize, shared);
        for (var i = 0; i < tasks; i++)
        {
            _heads.Add(torch.nn.Linear(latentSize, shared.LatentSize));
            register_module($"head{i}", _heads[i]);
        }
        register_module("shared", shared);
        Activate(0);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _shared.ItemShape;

    /// <summary>The active head's number, from 0.</summary>
    public int Active { get; private set; }

    /// <summary>Makes a head active; the others' weights require no gradients.</summary>
    /// <param name="head">Its number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such head.</exception>
    public void Activate(int head)
    {
        MultiHeadEncoder.RequireHead(head, _heads.Count);
        Active = head;
        for (var i = 0; i < _heads.Count; i++)
        {
            foreach (var parameter in _heads[i].parameters())
                parameter.requires_grad = i == head;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The latent vectors are not <c>[N, Z]</c> or <c>[K, N, Z]</c>.</exception>
    public override Likelihood forward(torch.Tensor input)
    {
        _ = new LatentBatch(input, LatentSize, nameof(input));
        return EngineError.Of(this, input, nameof(input), () => _shared.forward(_heads[Active].forward(input)));
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        return _shared.WriteTo(graph, graph.Layer(_heads[Active], z));
    }

    /// <summary>The sizes, the heads and the shared decoder.</summary>
    public override string ToString() => $"{nameof(MultiHeadDecoder)} {LatentSize}, {_heads.Count} heads before {_shared}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("latent_size", LatentSize).With("shared", _shared)
        .With("heads", _heads.Count).With("active", Active).AsUsage("active");

    internal static MultiHeadDecoder From(PartOptions options)
    {
        var (latents, heads, shared) = (options.WholeNumber("latent_size"), options.Count("heads"), options.Part<Decoder>("shared"));
        options.RequireWeights(heads, latents, shared.LatentSize);
        var decoder = new MultiHeadDecoder(latents, shared, heads);
        decoder.Activate(options.Count("active"));
        return decoder;
    }
}
