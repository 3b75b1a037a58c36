using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>The ranks of an MPI program.</summary>
internal sealed class MpiExchange : IDeviceExchange
{
    // For the rank that has something to say, before one that has not ends the program.
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly MpiLibrary _mpi;
    private readonly bool _isCudaAware;

    private MpiExchange(MpiLibrary mpi)
    {
        _mpi = mpi;
        (Rank, Size) = mpi.Begin();
        _isCudaAware = mpi.IsCudaAware();
    }

    public int Rank { get; }

    public int Size { get; }

    /// <summary>Joins the other ranks.</summary>
    internal static MpiExchange Begin()
    {
        var exchange = new MpiExchange(MpiLibrary.Load());
        if (exchange.Size == 1 && MpiLauncher.Processes is > 1 and var processes)
        {
            throw new NotSupportedException($"another MPI's launcher, such as MPICH's mpiexec, has started {processes} processes, and in "
                + $"Open MPI each of them is alone. {MpiVersion.Install}");
        }
        return exchange;
    }

    public void AllReduce(Span<float> values) => _mpi.Sum(values);

    public void AllReduce(Span<double> values) => _mpi.Sum(values);

    public bool Reaches(torch.Device device) => Reaches(device.type);

    public void AllReduce(torch.Tensor values)
    {
        // MPI reads the memory as it is, and knows nothing of what torch has queued.
        if (values.device.type == DeviceType.CUDA)
        {
            torch.cuda.synchronize(values.device);
            torch.CheckForErrors();
        }
        _mpi.Sum(values);
    }

    public void Broadcast(Span<byte> values, int root) => _mpi.Broadcast(values, root);

    public void Barrier() => _mpi.Barrier();

    public void Abort(string message)
    {
        Console.Error.WriteLine($"rank {Rank} of {Size}, on {Environment.MachineName}, failed: {message}");
        Console.Error.Flush();
        _mpi.Abort();
    }

    /// <summary>Ends all ranks for an exception that leaves the program.</summary>
    internal void Abort(Exception failure)
    {
        if (failure is RankFailedException || (Rank > 0 && failure.Data.Contains(RankFailedException.OfAll)))
        {
            Thread.Sleep(s_lastWords);
            _mpi.Abort();
        }
        Abort(FailureText.Of(failure));
    }

    /// <summary>Whether it adds up where they are what lies on devices of a kind.</summary>
    internal bool Reaches(DeviceType type) => _isCudaAware && type == DeviceType.CUDA;

    /// <summary>Waits for the others and leaves.</summary>
    internal void End() => _mpi.End();

    /// <summary>The rank and how many there are.</summary>
    public override string ToString() => $"rank {Rank} of {Size}";
}
