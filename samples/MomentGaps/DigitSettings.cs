namespace VaeToolkit.Samples;

/// <summary>What both VAEs have in common; α = 0 is the plain β-VAE.</summary>
internal sealed record DigitSettings(int Digit, int Epochs, double Alpha, int Draws, int EvaluationDraws)
{
    public const int BatchSize = 256;
    public const double Beta = 0.35;
}
