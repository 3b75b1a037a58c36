using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>Handles the gradients that parameters hold.</summary>
public static class Gradients
{
    /// <summary>
    /// Takes a parameter's gradient away. The next backward pass then hands over its own memory instead of adding to this one.
    /// </summary>
    public static void Drop(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        // Not looked at first: that would make a tensor of every gradient.
        parameter.grad = null!;
    }
}
