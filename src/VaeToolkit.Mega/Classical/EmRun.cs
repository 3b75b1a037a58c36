namespace VaeToolkit.Mega;

/// <summary>How iterations ended: the last state, whether the log-likelihood had settled, and its means a row.</summary>
internal sealed record EmRun<TState>(TState State, bool Converged, IReadOnlyList<double> LogLikelihoods);
