namespace VaeToolkit.Mega;

/// <summary>When expectation maximisation stops, and where it starts.</summary>
public sealed record EmOptions
{
    /// <summary>Most iterations, at least 1; default 10,000.</summary>
    public int MaxIterations { get; init; } = 10_000;

    /// <summary>
    /// The change of the mean log-likelihood, in nats a value (a row's divided by D), below which it stops; it does not depend on the
    /// data's units. 0 takes all iterations. Default 1e-12.
    /// </summary>
    public double Tolerance { get; init; } = 1e-12;

    /// <summary>Seed of a random start; default 0.</summary>
    public int Seed { get; init; }

    internal EmOptions Validated()
    {
        Shape.RequirePositive(MaxIterations, "MaxIterations", nameof(MaxIterations));
        if (!(Tolerance >= 0 && double.IsFinite(Tolerance)))
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "Tolerance must be a number of at least 0");
        return this;
    }

    /// <summary>Repeats a step until its log-likelihood settles.</summary>
    internal EmRun<TState> Run<TState>(
        TState state, double logLikelihood, int dimension, Func<TState, (TState State, double LogLikelihood)> step,
        CancellationToken cancellationToken)
    {
        List<double> history = [logLikelihood];
        for (var i = 0; i < MaxIterations; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (state, logLikelihood) = step(state);
            history.Add(logLikelihood);
            if (Math.Abs(history[^1] - history[^2]) < Tolerance * dimension)
                return new(state, true, history);
        }
        return new(state, false, history);
    }
}
