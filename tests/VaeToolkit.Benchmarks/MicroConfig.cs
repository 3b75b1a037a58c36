using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// How the micro-benchmarks run: in this process, because a generated project would not know which TorchSharp the build chose.
/// </summary>
internal static class MicroConfig
{
    public static void Run(string[] arguments) => BenchmarkSwitcher.FromAssembly(typeof(StepBenchmarks).Assembly).Run(arguments, Create());

    private static ManualConfig Create() => ManualConfig.CreateEmpty()
        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddLogger(ConsoleLogger.Default);
}
