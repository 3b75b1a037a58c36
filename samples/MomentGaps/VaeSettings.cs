namespace VaeToolkit.Samples;

/// <summary>What two VAEs that are compared have in common; α = 0 is the plain β-VAE.</summary>
/// <param name="DataSize">D.</param>
/// <param name="LatentSize">Latent features.</param>
/// <param name="Hidden">Units of the one hidden layer, on either side.</param>
/// <param name="Beta">β.</param>
/// <param name="Alpha">α.</param>
/// <param name="Draws">Draws of z a step.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="BatchSize">Items a step.</param>
/// <param name="EvaluationDraws">Draws of z with which the gap is measured.</param>
internal sealed record VaeSettings(
    int DataSize, int LatentSize, int Hidden, double Beta, int Alpha, int Draws, int Epochs, int BatchSize, int EvaluationDraws)
{
    /// <summary>The published settings for one digit of MNIST.</summary>
    public static VaeSettings ForDigits { get; } = new(
        784, 5, 200, Beta: 0.35, Alpha: 5, Draws: 100, Epochs: 25, BatchSize: 256, EvaluationDraws: 10_000);

    /// <summary>The published settings for half moons.</summary>
    public static VaeSettings ForMoons { get; } = new(
        2, 2, 5, Beta: 0.5, Alpha: 2, Draws: 1_000, Epochs: 2_000, BatchSize: 500, EvaluationDraws: 100_000);
}
