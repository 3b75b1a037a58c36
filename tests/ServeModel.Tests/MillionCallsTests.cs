using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Samples.Tests;

/// <summary>What is left of a million calls of a frozen model that is as small as can be, so that calls are all that it costs.</summary>
public sealed class MillionCallsTests
{
    private const int Calls = 1_000_000;
    private const int Threads = 2;

    // 64 bytes a call, which is less than the handle of a tensor alone.
    private const long MostBytes = 64L * Calls / 2;

    // What the runtime itself may keep of half of the calls.
    private const long MostManagedBytes = 2 * Calls / 2;

    [Fact]
    public void A_million_mixed_calls_leave_no_tensor_and_no_memory()
    {
        using var frozen = FrozenVae.Own(new Vae(
            new MlpEncoder(2, 1, [2]), new MlpDecoder(1, [2], ObservationModel.Bernoulli(2)), new StandardNormalPrior(1)));
        using var item = torch.ones(1, 2);
        using var code = torch.ones(1, 1);
        // What is set up at the first use does not count.
        Serve(frozen, item, code, Calls / 100);
        var tensors = Reference.LiveTensors();
        Serve(frozen, item, code, Calls / 2);
        var (managed, resident) = Memory();
        Serve(frozen, item, code, Calls / 2);
        var (managedAfter, residentAfter) = Memory();

        torch.Tensor.TotalCount.Should().BeLessThanOrEqualTo(tensors);
        (managedAfter - managed).Should().BeLessThan(MostManagedBytes);
        (residentAfter - resident).Should().BeLessThan(MostBytes);
    }

    private static void Serve(FrozenVae frozen, torch.Tensor item, torch.Tensor code, int calls)
    {
        var failures = new Exception?[Threads];
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            try
            {
                for (var call = thread; call < calls; call += Threads)
                    Ask(frozen, item, code, call);
            }
            catch (Exception failure)
            {
                failures[thread] = failure;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failures.Should().AllBeEquivalentTo<Exception?>(null);
    }

    private static void Ask(FrozenVae frozen, torch.Tensor item, torch.Tensor code, int call)
    {
        using var scope = torch.NewDisposeScope();
        // The dearer a call is, the rarer: all kinds are heard ten thousand times in each half at least.
        switch (call / Threads % 50)
        {
            case 0:
                _ = frozen.LogLikelihood(item, new() { Samples = 1 });
                break;
            case 1:
                _ = frozen.AnomalyScore(item, AnomalyMeasure.Reconstruction);
                break;
            case < 6:
                _ = frozen.Reconstruct(item);
                break;
            case < 15:
                _ = frozen.Sample(1, seed: call);
                break;
            case < 27:
                _ = frozen.Encode(item).Mean;
                break;
            default:
                _ = frozen.Decode(code).Mean;
                break;
        }
    }

    private static (long Managed, long Resident) Memory()
    {
        _ = Reference.LiveTensors();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}
