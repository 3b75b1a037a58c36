using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Boosting;

/// <summary>
/// An encoder for each task, of which one is active. Saved keys: <c>head0</c>, <c>head1</c> and so on, each with its encoder's own.
/// </summary>
public sealed class MultiHeadEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "multi-head-encoder";

    private readonly IReadOnlyList<Encoder> _heads;

    /// <summary>Takes the encoders over.</summary>
    /// <param name="heads">One for each task, of one latent size; the first is active.</param>
    /// <exception cref="ArgumentException">There are none, or their latent sizes differ.</exception>
    public MultiHeadEncoder(IReadOnlyList<Encoder> heads)
        : base(nameof(MultiHeadEncoder))
    {
        ArgumentNullException.ThrowIfNull(heads);
        if (heads.Count == 0 || heads.Any(head => head.LatentSize != heads[0].LatentSize))
            throw new ArgumentException($"there are {heads.Count} heads with latent sizes "
                + $"[{string.Join(", ", heads.Select(head => head.LatentSize))}]; there must be some, of one size", nameof(heads));
        _heads = heads;
        for (var i = 0; i < heads.Count; i++)
            register_module($"head{i}", heads[i]);
        Activate(0);
    }

    /// <inheritdoc/>
    public override long LatentSize => _heads[0].LatentSize;

    /// <summary>The active head's number, from 0.</summary>
    public int Active { get; private set; }

    /// <summary>Makes a head active; the others' weights require no gradients.</summary>
    /// <param name="head">Its number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such head.</exception>
    public void Activate(int head)
    {
        RequireHead(head, _heads.Count);
        Active = head;
        for (var i = 0; i < _heads.Count; i++)
        {
            foreach (var parameter in _heads[i].parameters())
                parameter.requires_grad = i == head;
        }
    }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input) => _heads[Active].forward(input);

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        return _heads[Active].WriteTo(graph, items);
    }

    /// <summary>The heads.</summary>
    public override string ToString() => $"{nameof(MultiHeadEncoder)} of {_heads.Count} heads, the first {_heads[0]}";

    internal static void RequireHead(int head, int count)
    {
        if (head < 0 || head >= count)
            throw new ArgumentOutOfRangeException(
                nameof(head), head, $"there are {count} heads, numbered from 0; a head is needed for every task");
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName)
        .With("heads", _heads.Select(PartDescription.Of).ToArray()).With("active", Active).AsUsage("active");

    internal static MultiHeadEncoder From(PartOptions options)
    {
        var encoder = new MultiHeadEncoder(options.Parts<Encoder>("heads"));
        encoder.Activate(options.Count("active"));
        return encoder;
    }
}
