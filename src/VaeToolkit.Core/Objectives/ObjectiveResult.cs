using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The loss of one batch and the named terms that it is made of. It lives inside one step: its tensors belong to the step's dispose scope.
/// </summary>
/// <param name="loss">The scalar that training minimises, averaged over the items of the batch.</param>
/// <param name="terms">Its terms, in the order in which they shall be shown; nats per item unless an objective says otherwise.</param>
public sealed class ObjectiveResult(torch.Tensor loss, params IReadOnlyList<ObjectiveTerm> terms)
{
    /// <summary>The scalar that training minimises.</summary>
    public torch.Tensor Loss { get; } = loss ?? throw new ArgumentNullException(nameof(loss));

    /// <summary>The named terms.</summary>
    public IReadOnlyList<ObjectiveTerm> Terms { get; } = terms ?? throw new ArgumentNullException(nameof(terms));

    /// <summary>The loss and its terms in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"loss {Loss.ToDouble():G7} ({string.Join(", ", Terms)})");
}
