using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>What <see cref="GeneratorRegularisation"/> passes through the networks in a step.</summary>
/// <param name="Stored">The components of finished tasks as they were, N of them.</param>
/// <param name="Inputs">What the encoder is held at, <c>[N, *item]</c>.</param>
/// <param name="Codes">Where the decoder is held, <c>[N, Z]</c>.</param>
internal sealed record HeldComponents(StoredComponents Stored, torch.Tensor Inputs, torch.Tensor Codes);
