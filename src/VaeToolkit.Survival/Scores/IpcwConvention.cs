namespace VaeToolkit.Survival;

/// <summary>
/// How the weighted Brier score is written. The three agree where no censoring ties with an event and, for <see cref="Normalised"/>, where
/// the weights add to the number of patients; otherwise they give different numbers, so state the one used.
/// </summary>
public enum IpcwConvention
{
    /// <summary>An event at y weighs 1/G(y-); the sum is divided by the number of patients (Graf et al. 1999; R's pec).</summary>
    Graf,

    /// <summary>An event at y weighs 1/G(y); the sum is divided by the number of patients (scikit-survival).</summary>
    RightContinuous,

    /// <summary>An event at y weighs 1/G(y-); the sum is divided by the sum of the weights (pycox).</summary>
    Normalised,
}
