using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>
/// Open MPI: the program runs as several ranks, each a process, that <c>mpirun</c> or a cluster's launcher has started. Started without
/// one, the same program runs as a single rank and needs no MPI.
/// </summary>
/// <example><code>
/// OpenMpi.Run(exchange => Trainer.Fit(vae, new Elbo(), train, options: new() { BatchSize = 400, Exchange = exchange }));
/// </code></example>
public static class OpenMpi
{
    /// <summary>
    /// Runs a program's own part as one of the ranks. Where it throws on any rank, that rank's number and message are written to the
    /// standard error stream and all ranks end, with the exit code 1.
    /// </summary>
    /// <remarks>
    /// It gets torch ready (<see cref="TorchRuntime.Prepare"/>). Unless <c>OMP_NUM_THREADS</c> is set, torch's threads are divided among
    /// the ranks of a machine; <c>mpirun --bind-to none</c> lets each have more than one. It can be called once a process.
    /// </remarks>
    /// <typeparam name="T">What it comes to.</typeparam>
    /// <param name="main">The program's own part, given the exchange.</param>
    /// <exception cref="DllNotFoundException">A launcher has started several processes and Open MPI is not installed; the message says what
    /// to install.</exception>
    /// <exception cref="NotSupportedException">There is another MPI, such as MPICH, or another version than this library knows.</exception>
    public static T Run<T>(Func<IExchange, T> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        TorchRuntime.Prepare(MpiLauncher.Threads);
        if (!MpiLauncher.IsPresent)
            return main(new LoneRank());
        var exchange = MpiExchange.Begin();
        try
        {
            var result = main(exchange);
            exchange.End();
            return result;
        }
        catch (Exception failure)
        {
            exchange.Abort(failure);
            throw;
        }
    }

    /// <summary>The same for what comes to nothing.</summary>
    /// <param name="main">The program's own part, given the exchange.</param>
    public static void Run(Action<IExchange> main)
    {
        ArgumentNullException.ThrowIfNull(main);
        Run(exchange =>
        {
            main(exchange);
            return true;
        });
    }
}
