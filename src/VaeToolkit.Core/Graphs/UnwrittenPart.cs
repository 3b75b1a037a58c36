using TorchSharp;

namespace VaeToolkit.Networks;

/// <summary>The refusal of a part that does not say how it is written down.</summary>
public static class UnwrittenPart
{
    /// <summary>The exception, which names the part and shows the line that its class lacks.</summary>
    /// <param name="part">The part.</param>
    /// <param name="line">The line to write there.</param>
    public static NotSupportedException Of(torch.nn.Module part, string line)
    {
        ArgumentNullException.ThrowIfNull(part);
        return new($"{part.GetType().Name} does not say what it computes, so that it could be exported; write in its class: {line}");
    }
}
