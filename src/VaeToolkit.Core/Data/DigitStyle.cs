namespace VaeToolkit;

/// <summary>What is peculiar to a writer.</summary>
internal sealed record DigitStyle
{
    /// <summary>The most that a writer's own form of a digit moves a point, in parts of the digit's height.</summary>
    private const double FormSpread = 0.025;

    private readonly long _seed;
    private readonly int _writer;

    /// <summary>Draws a writer.</summary>
    public DigitStyle(long seed, int writer)
    {
        (_seed, _writer) = (seed, writer);
        var random = SplitMix64.For(seed, -1, writer);
        Slant = 0.12 + random.Normal(0.16);
        Turn = random.Normal(0.05);
        Radius = random.Uniform(0.75, 1.55);
        Width = random.Uniform(13.5, 18);
        Height = random.Uniform(17.5, 20);
        PlainOne = random.Uniform() < 0.6;
        BarredSeven = random.Uniform() < 0.25;
    }

    /// <summary>Horizontal shift per unit of height: positive leans to the right.</summary>
    public double Slant { get; }

    /// <summary>Rotation in radians.</summary>
    public double Turn { get; }

    /// <summary>Half the pen's width, in pixels.</summary>
    public double Radius { get; }

    /// <summary>Width of a digit in pixels.</summary>
    public double Width { get; }

    /// <summary>Height of a digit in pixels.</summary>
    public double Height { get; }

    /// <summary>Writes 1 as a single stroke.</summary>
    public bool PlainOne { get; }

    /// <summary>Puts a bar through 7.</summary>
    public bool BarredSeven { get; }

    /// <summary>The writer's own shift of a digit's points: the same numbers every time that digit is asked for.</summary>
    public Func<(double X, double Y)> FormOf(int digit)
    {
        var random = SplitMix64.For(_seed, _writer, -2 - digit);
        return () => (random.Normal(FormSpread), random.Normal(FormSpread));
    }
}
