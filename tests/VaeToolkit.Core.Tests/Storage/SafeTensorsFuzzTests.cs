using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

public sealed class SafeTensorsFuzzTests
{
    [Fact]
    public void Two_thousand_damaged_files_are_read_or_refused_by_name_and_place()
    {
        var sound = File.ReadAllBytes(SafeTensorsContent.Fixture);
        var mutator = new Mutator(seed: 20);
        var tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var refused = 0;
        // What is set up at the first use does not count.
        Refuses([1, 2, 3]);
        for (var i = 0; i < 2000; i++)
        {
            var content = mutator.Damage(sound);
            var before = GC.GetAllocatedBytesForCurrentThread();
            refused += Refuses(content) ? 1 : 0;
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(200_000 + (64L * content.Length), "file {0}", i);
        }
        refused.Should().BeInRange(1000, 2000, "most damage is to the header");
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(tensors);
    }

    private static bool Refuses(byte[] content)
    {
        try
        {
            SafeTensorsContent.Read(content).Dispose();
            return false;
        }
        catch (SafeTensorsException e)
        {
            e.Message.Should().StartWith("given.safetensors: ").And.Contain("(byte ");
            e.Offset.Should().BeInRange(0, content.Length);
            return true;
        }
    }
}
