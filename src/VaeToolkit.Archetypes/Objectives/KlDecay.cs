using MathNet.Numerics;

namespace VaeToolkit.Archetypes;

/// <summary>
/// A weight of the divergence that starts high, so that the latent space is in order before it is filled, and is divided by a factor every
/// few epochs until it is at its final value (Keller et al. 2019: 5000, by 1.5 every 100 epochs).
/// </summary>
/// <param name="Start">The weight of the first epochs, a finite number of at least 0.</param>
/// <param name="Factor">What it is divided by, above 1. Default 1.5.</param>
/// <param name="Epochs">After how many epochs, at least 1. Default 100.</param>
public sealed record KlDecay(double Start, double Factor = 1.5, int Epochs = 100)
{
    // In epochs, of which a training can count 2³¹.
    private const long Endless = 1L << 53;

    /// <summary>The weight in an epoch, at least the final one.</summary>
    /// <param name="epochsFinished">Epochs finished so far.</param>
    /// <param name="final">The final weight.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the decay is out of its range.</exception>
    public double At(int epochsFinished, double final)
    {
        Validate(nameof(KlDecay));
        return Math.Max(final, Start / Math.Pow(Factor, epochsFinished / Epochs));
    }

    /// <summary>The first epochs, of which the last has the final weight, above 0.</summary>
    internal long LengthTo(double final)
    {
        if (!(Start > final))
            return 1;
        // In logarithms, since the quotient of the two, and the number of steps of a factor near 1, may be beyond the largest number.
        var count = Math.Ceiling((Math.Log(Start) - Math.Log(final)) / SpecialFunctions.Log1p(Factor - 1));
        if (count * Epochs >= Endless)
            return Endless;
        var steps = (long)Math.Max(1, count);
        // The quotient may round to either side of a whole number.
        if (steps > 1 && Start / Math.Pow(Factor, steps - 1) <= final)
            steps--;
        else if (Start / Math.Pow(Factor, steps) > final)
            steps++;
        return (steps * Epochs) + 1;
    }

    internal void Validate(string name)
    {
        if (!(Start >= 0 && double.IsFinite(Start)))
            throw new ArgumentOutOfRangeException(name, Start, "Start must be a finite number of at least 0");
        if (!(Factor > 1 && double.IsFinite(Factor)))
            throw new ArgumentOutOfRangeException(name, Factor, "Factor must be a finite number above 1");
        Shape.RequirePositive(Epochs, "Epochs", name);
    }
}
