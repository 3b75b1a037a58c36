namespace VaeToolkit.Survival;

/// <summary>Who is at risk of being censored at a time at which there are events as well. Without such ties the two are equal.</summary>
public enum CensoringTies
{
    /// <summary>
    /// Patients with an event at that time have left before ("reverse" Kaplan-Meier; R's prodlim and pec, scikit-survival).
    /// </summary>
    EventsFirst,

    /// <summary>They are still at risk, as when events and censorings merely change names (R's <c>survfit(Surv(t, 1 - d))</c>).</summary>
    SwappedLabels,
}
