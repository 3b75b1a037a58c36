using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>
/// Every place in the library's code that a step can come to and that reads a tensor's numbers, which on a GPU would wait for it
/// (<see cref="TorchCalls"/>).
/// </summary>
public sealed class StepReadsTests
{
    private static readonly TorchCalls s_calls = new(typeof(TrainingLoop).Assembly);

    [Fact]
    public void A_step_reads_only_what_is_on_the_CPU()
        => s_calls.Reads(TorchCalls.Method(typeof(TrainingLoop), nameof(TrainingLoop.TakeUnreadStep))).Should().Equal(
            // Plain memory of the CPU.
            "ConstraintSet.Weighted: ToDouble",
            "DenseRows.Floats: get_bytes",
            "DenseRows.Values: get_bytes",
            // Only where ranks divide a batch.
            "Division.Sum: cpu",
            "Division.Sum: data",
            "FusedRows`1.ComputeRows: get_bytes",
            "GradientNorm.Squares: get_bytes",
            // Only outside of a step.
            "InverseScale.IsKnownOfAll: ToBoolean",
            // When somebody asks for a multiplier.
            "LagrangeMultiplier.Here: cpu",
            "LagrangeMultiplier.Here: data",
            // Of a single draw alone, which it is never asked for.
            "MixtureLogDensity.Drawn: multinomial",
            // Not asked in a step on a GPU.
            "MixtureProducts.LosesDigits: ToDouble",
            // Where sequences come from a source that has not counted their tokens.
            "TokenRows.Longest: ToInt64");

    [Fact]
    public void A_step_sends_nothing_to_a_device()
        => s_calls.Sends(TorchCalls.Method(typeof(TrainingLoop), nameof(TrainingLoop.TakeUnreadStep))).Should().Equal(
            // Only where ranks divide a batch.
            "Division.Sum: tensor",
            // To where they are, but for models on several devices.
            "GradientNorm.Clip: to",
            // Of gradients on the CPU.
            "GradientNorm.Squares: tensor",
            // Once a run.
            "LagrangeMultiplier.There: tensor",
            "ModuleRegistration.ToWeightsOf: to");

    [Fact]
    public void A_step_that_reads_its_loss_is_seen_to()
        => s_calls.Reads(TorchCalls.Method(typeof(TrainingLoop), nameof(TrainingLoop.TakeStep))).Should()
            .Contain("ObjectiveReading.ReadTogether: cpu").And.Contain("TrainingLoop.TakeStep: ToDouble");

    [Fact]
    public void A_batch_of_images_sends_nothing_to_their_device()
    {
        s_calls.Sends(TorchCalls.Method(typeof(ItemStore), "Gather")).Should().BeEmpty();
        s_calls.Sends(TorchCalls.Method(typeof(ImageData), "ToValues")).Should().BeEmpty();
        s_calls.Sends(TorchCalls.Method(typeof(AugmentedData), "Moved")).Should().BeEmpty();
        s_calls.Sends(TorchCalls.Method(typeof(AugmentedData), "Extended")).Should().Equal("AugmentedData.Extended: tensor");
        s_calls.Sends(TorchCalls.Method(typeof(ItemStore), "Enumerate")).Should().Equal("ItemStore.IndexTensor: tensor");
    }
}
