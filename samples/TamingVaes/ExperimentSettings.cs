namespace VaeToolkit.Samples;

/// <summary>What all runs of the comparison have in common.</summary>
internal sealed record ExperimentSettings
{
    /// <summary>What the pictures are called.</summary>
    public string Data { get; init; } = "";

    /// <summary>Which objective the run has: vae, beta_vae, geco or geco_iwae.</summary>
    public string Objective { get; init; } = "vae";

    /// <summary>Makes the architecture of all.</summary>
    public required Func<Vae> Model { get; init; }

    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>Of it, what the last epoch has: noise of the steps moves what a constraint comes to rest at.</summary>
    public double LastRate { get; init; } = 1;

    /// <summary>GECO's squared error a picture.</summary>
    public required int Tolerance { get; init; }

    /// <summary>
    /// How far log λ moves in a step for one unit of the constraint, which is that of a picture, so it is small. While the model
    /// has yet to learn anything the constraint is far from met; without a limit λ would grow then to values from which a run this short
    /// does not come back, since the error cannot fall as far below the tolerance as it began above it.
    /// </summary>
    public required double MultiplierRate { get; init; }

    /// <summary>The limit of λ.</summary>
    public required double LargestMultiplier { get; init; }

    public required int EvaluationItems { get; init; }

    /// <summary>Training images; 0 for all.</summary>
    public int Items { get; init; }

    /// <summary>784-300-300-10.</summary>
    public static ExperimentSettings Digits { get; } = new()
    {
        Model = () => new(
            new MlpEncoder(784, latentSize: 10, hidden: [300, 300]),
            new MlpDecoder(latentSize: 10, hidden: [300, 300], ObservationModel.Gaussian(1.0, 1, 28, 28)),
            new StandardNormalPrior(10)),
        Epochs = 6,
        BatchSize = 200,
        LearningRate = 1e-3,
        Tolerance = 15,
        MultiplierRate = 1e-2,
        LargestMultiplier = 20,
        EvaluationItems = 10_000,
    };

    /// <summary>Residual networks and as many latent features as the tolerance needs.</summary>
    public static ExperimentSettings Colour { get; } = new()
    {
        Model = () => new(
            new ResidualEncoder([3, 32, 32], latentSize: 128, channels: [24, 48, 48]),
            new ResidualDecoder(latentSize: 128, ObservationModel.Gaussian(1.0, 3, 32, 32), channels: [24, 48, 48]),
            new StandardNormalPrior(128)),
        Epochs = 4,
        BatchSize = 25,
        LearningRate = 2e-3,
        LastRate = 0.3,
        Tolerance = 60,
        MultiplierRate = 6e-3,
        LargestMultiplier = 25,
        EvaluationItems = 2_000,
    };

    /// <summary>A new objective.</summary>
    public Objective<Vae> CreateObjective() => Objective switch
    {
        "vae" => new Elbo(),
        "beta_vae" => new Elbo(new() { Beta = BetaWeight.OnReconstruction(10) }),
        "geco" => new Geco(Constraint()),
        _ => new GecoIwae(samples: 5, Constraint()),
    };

    /// <summary>What the figures of a run depend on: of the tolerance those do that have a constraint.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Data}, {Objective}, {(Items > 0 ? Items : "all")} images, {Epochs} epochs of batches of {BatchSize}")
        + (IsConstrained ? FormattableString.Invariant($", tolerance {Tolerance}") : "");

    public bool IsConstrained => Objective.StartsWith("geco", StringComparison.Ordinal);

    private GecoOptions Constraint() => new()
    {
        Constraints = [ReconstructionConstraint.SquaredErrorPerItem(Tolerance)],
        MultiplierRate = MultiplierRate,
        LargestMultiplier = LargestMultiplier,
        AverageDecay = 0.9,
    };
}
