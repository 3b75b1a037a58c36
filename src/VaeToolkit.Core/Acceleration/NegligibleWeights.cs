using TorchSharp;

namespace VaeToolkit;

/// <summary>Importance weights that are too small to count.</summary>
internal static class NegligibleWeights
{
    // e^-40 is 4e-18: not even 2^30 such weights beside a one survive the rounding of float32.
    private const double Nats = 40;

    /// <summary>
    /// Float32 log-weights with those more than 40 nats below the largest along an axis set to −∞,
    /// which changes neither their sum nor its gradient.
    /// </summary>
    /// <remarks>
    /// Their weights would scale gradients down to subnormal numbers, with which a processor computes many times slower: the matrix
    /// products of a backward pass, where most of the samples of an item have such weights, took three times as long.
    /// </remarks>
    internal static torch.Tensor Dropped(torch.Tensor logWeights, long axis)
    {
        if (logWeights.dtype != torch.float32)
            return logWeights;
        var least = logWeights.detach().amax(axis).unsqueeze(axis) - Nats;
        return logWeights.masked_fill(logWeights.detach() < least, double.NegativeInfinity);
    }
}
