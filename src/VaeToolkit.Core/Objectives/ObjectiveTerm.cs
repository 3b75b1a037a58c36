using TorchSharp;

namespace VaeToolkit;

/// <summary>One named term of an objective: a scalar tensor, or a number that was known without computing one.</summary>
public readonly record struct ObjectiveTerm
{
    /// <summary>A term with a scalar tensor as its value. The value is detached: terms are for reading, not for gradients.</summary>
    /// <param name="name">Its name, in snake case, such as <c>reconstruction</c>.</param>
    /// <param name="value">A tensor with one element.</param>
    public ObjectiveTerm(string name, torch.Tensor value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        (Name, Tensor) = (name, value.detach());
    }

    /// <summary>A term whose value is a known number.</summary>
    /// <param name="name">Its name, in snake case, such as <c>beta</c>.</param>
    /// <param name="value">Its value.</param>
    public ObjectiveTerm(string name, double value)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, Number) = (name, value);
    }

    /// <summary>The term's name.</summary>
    public string Name { get; }

    /// <summary>The tensor that holds the value, or null when <see cref="Number"/> does.</summary>
    public torch.Tensor? Tensor { get; }

    /// <summary>The number, when <see cref="Tensor"/> is null.</summary>
    public double Number { get; }

    /// <summary>The value as a number; reads the tensor if there is one.</summary>
    public double Read() => Tensor?.ToDouble() ?? Number;

    /// <summary>The name and the value.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} {Read():G7}");
}
