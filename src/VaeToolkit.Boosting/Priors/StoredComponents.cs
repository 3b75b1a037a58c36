using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// The components of finished tasks as they were at the end of their tasks: views of what the prior keeps, of the caller's dispose scope.
/// </summary>
/// <param name="Components">The stored normal distributions, N of them.</param>
/// <param name="Weights">Their weights, which sum to one.</param>
/// <param name="Shares">The same where the components are, <c>[N]</c>: sending them there would wait for a GPU.</param>
/// <param name="PseudoInputs">What the encoder makes them from, <c>[N, *item]</c>; null where components are free parameters.</param>
internal sealed record StoredComponents(
    DiagonalComponents Components, IReadOnlyList<double> Weights, torch.Tensor Shares, torch.Tensor? PseudoInputs);
