using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The likelihood p(x|z) of items given latent vectors: what a decoder returns. The leading shape is that of the latent vectors
/// without their last axis, <c>[N]</c> or <c>[K, N]</c>. It holds plain tensors that live in the dispose scope in which it was made.
/// </summary>
public abstract class Likelihood
{
    /// <summary>
    /// log p(x|z) in nats, summed over the item. Items come in their own shape or as flat vectors of D values:
    /// <c>[N, 1, 28, 28]</c> and <c>[N, 784]</c> are the same items; K samples of z are compared with each of the N items.
    /// </summary>
    /// <param name="x">Items, <c>[N, *item]</c>.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException">
    /// The items have another count or another shape; of the library's own likelihoods also where there are none, or one is outside the
    /// support (<see cref="ExplainOutsideSupport"/>). Within a step of training or validation that is not looked at, but
    /// in <see cref="TrainingLoop.Step"/> where the items are on the CPU.
    /// </exception>
    public abstract torch.Tensor LogProb(torch.Tensor x);

    /// <summary>
    /// The mean of <see cref="LogProb"/> over items and samples, one number, in nats: what a bound of single samples needs.
    /// Some likelihoods have a shorter way to it.
    /// </summary>
    internal virtual torch.Tensor MeanLogProb(torch.Tensor x) => LogProbOfChecked(x).mean();

    /// <summary>
    /// <see cref="LogProb"/> of items that somebody has looked through already, as training and evaluation have: reading all values at
    /// every step would hold a GPU up.
    /// </summary>
    public virtual torch.Tensor LogProbOfChecked(torch.Tensor x)
        => EngineError.In(x, () => $"the log-likelihood {GetType().Name}", () => LogProb(x));

    /// <summary>E[x|z], shape <c>[N, *item]</c> or <c>[K, N, *item]</c>.</summary>
    public abstract torch.Tensor Mean { get; }

    /// <summary>Var[x|z] of every value, in the shape of <see cref="Mean"/>.</summary>
    public abstract torch.Tensor Variance { get; }

    /// <summary>Draws x from p(x|z), one for every z, in the shape of <see cref="Mean"/>. Not differentiable.</summary>
    public abstract torch.Tensor Sample();

    /// <summary>
    /// The tensors that a decoder made it of, whose NaN say that there is no answer for an item: a model's <c>Decode</c> looks at them
    /// (<see cref="Shape.RequireAnswers(Likelihood, torch.Tensor, string)"/>). By default none, and of independent values their location.
    /// </summary>
    protected internal virtual IReadOnlyList<torch.Tensor> Parameters => [];

    /// <summary>
    /// Says why items are outside the support of this likelihood (pixels outside [0, 1] for Bernoulli, NaN for all),
    /// or null when they are inside. Reads the whole tensor: meant for pre-flight and evaluation, not for every step.
    /// </summary>
    /// <param name="x">Items of any shape.</param>
    public abstract string? ExplainOutsideSupport(torch.Tensor x);

    /// <summary>The first item that is outside, from 0, and why; null when all are inside. It reads them as the other does.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    public (long Item, string Reason)? FindOutsideSupport(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (ExplainOutsideSupport(x) is not { } reason)
            return null;
        using var scope = torch.NewDisposeScope();
        // Halves what is left until one item is: the first items up to it are fine, with it they are not.
        var (fine, bad) = (0L, x.shape[0]);
        while (bad - fine > 1)
        {
            var middle = (fine + bad) / 2;
            (fine, bad) = ExplainOutsideSupport(x.narrow(0, fine, middle - fine)) is null ? (middle, bad) : (fine, middle);
        }
        return (fine, (ExplainOutsideSupport(x.narrow(0, fine, 1)) ?? reason).TrimEnd('.'));
    }

    /// <summary>
    /// Refuses items outside the support, as every <see cref="LogProb"/> of the library begins. It reads them, so not within a step of
    /// training or validation, where the data were looked at before; but within a <see cref="TrainingLoop.Step"/>, where nobody has, it
    /// looks at items on the CPU.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="name">What they are called in the message.</param>
    /// <exception cref="ArgumentException">An item is outside the support; the message names the first, and why.</exception>
    protected void RequireInSupport(torch.Tensor x, string name)
    {
        ArgumentNullException.ThrowIfNull(x);
        // What a step has drawn itself is no item: where it is not finite, the loss is not, and the message is that of the loss.
        var looks = !TrainingStep.IsComputed || (TrainingStep.LooksAtItems && x.device_type == DeviceType.CPU && !x.requires_grad);
        if (!looks || x.device_type == DeviceType.META)
            return;
        Shape.RequireFinite(x, name);
        RequireInSupport(x, firstItem: 0, name);
    }

    /// <summary>Likewise, wherever it is called, with the number that the first of the items has in the data.</summary>
    internal void RequireInSupport(torch.Tensor x, long firstItem, string name)
    {
        if (FindOutsideSupport(x) is { } found)
            throw new ArgumentException(FormattableString.Invariant(
                $"item {firstItem + found.Item} of {name} is outside the likelihood's support: {found.Reason}"), name);
    }

    /// <summary>The same of what is taken to be looked at already, in a step of <see cref="TrainingLoop.Step"/>: nobody has.</summary>
    internal void LookIfNobodyHas(torch.Tensor x, string name)
    {
        if (TrainingStep.LooksAtItems)
            RequireInSupport(x, name);
    }
}
