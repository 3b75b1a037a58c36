using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Tests;

namespace VaeToolkit.DeepSurvival.Tests.Models;

/// <summary>A step reads nothing of what is on a GPU, and sends nothing there: either would wait for it.</summary>
public sealed class SavaeStepTests
{
    private static readonly TorchCalls s_calls = new(typeof(SavaeElbo).Assembly);

    [Fact]
    public void The_bound_reads_and_sends_nothing()
    {
        var step = TorchCalls.Method(typeof(SavaeElbo), nameof(SavaeElbo.Compute));
        s_calls.Reads(step).Should().Equal(
            // Only outside of a trainer's step, as StepReadsTests has it of likelihoods.
            "PatientLayout.ExplainBits: ToBoolean",
            "PatientLayout.ExplainBits: ToDouble",
            "PatientLayout.ExplainBits: ToInt64");
        s_calls.Sends(step).Should().BeEmpty();
    }
}
