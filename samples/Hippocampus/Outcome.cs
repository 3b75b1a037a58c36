using VaeToolkit.Volumes;

namespace VaeToolkit.Samples;

/// <summary>How one held-out volume was predicted, on the grid of its scan.</summary>
internal sealed record Outcome(SegmentationScores Scores, Calibration Calibration);
