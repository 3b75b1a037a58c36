using VaeToolkit.Boosting;

namespace VaeToolkit.Samples;

/// <summary>What one run came to.</summary>
/// <param name="Result">Likelihoods after each task.</param>
/// <param name="Diversities">Of generated images, after each task.</param>
internal sealed record Outcome(ContinualResult Result, IReadOnlyList<GeneratedDiversity> Diversities);
