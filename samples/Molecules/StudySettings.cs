namespace VaeToolkit.Samples;

/// <summary>The settings of the sample.</summary>
internal sealed record StudySettings
{
    public required int Epochs { get; init; }

    public required int Hidden { get; init; }

    public required int LatentSize { get; init; }

    public required double WordDropout { get; init; }

    public required int SurrogateMolecules { get; init; }

    public required int Samples { get; init; }

    public required int Seed { get; init; }

    public required string Output { get; init; }
}
