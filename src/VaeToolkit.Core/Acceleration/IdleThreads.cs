namespace VaeToolkit;

/// <summary>
/// Has libtorch's worker threads sleep between jobs. libgomp and OpenBLAS read what is set here once, while they are loaded.
/// </summary>
internal static class IdleThreads
{
    private const string SpinCount = "GOMP_SPINCOUNT";
    private const string WaitPolicy = "OMP_WAIT_POLICY";
    private const string BlasTimeout = "OPENBLAS_THREAD_TIMEOUT";

    /// <summary>Sets that, unless the user has.</summary>
    public static void Sleep()
    {
        if (Environment.GetEnvironmentVariable(WaitPolicy) is null)
            NativeEnvironment.SetUnlessSet(SpinCount, "0");
        NativeEnvironment.SetUnlessSet(BlasTimeout, "4");
    }
}
