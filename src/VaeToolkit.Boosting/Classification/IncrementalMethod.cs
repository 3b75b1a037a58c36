namespace VaeToolkit.Boosting;

/// <summary>How a Bayesian classifier goes on when a new task comes.</summary>
public enum IncrementalMethod
{
    /// <summary>A component for every task, each the posterior of that task alone, joined to the mixture by the boosting step.</summary>
    Mixture,

    /// <summary>One component that is trained on, from where it was, under the prior that it always had.</summary>
    FineTuning,

    /// <summary>
    /// One component that is trained on with its last posterior as prior (variational continual learning, Nguyen et al. 2018).
    /// </summary>
    PreviousPosterior,

    /// <summary>One component that is trained anew on all tasks so far: what could be reached if nothing had to be forgotten.</summary>
    Joint,
}
