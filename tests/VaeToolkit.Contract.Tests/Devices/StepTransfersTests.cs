using System.Reflection;
using VaeToolkit.Training;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>
/// What the objectives of all assemblies read of a GPU or send to it in their own code, either of which waits for it. Core's is followed
/// by its own <c>StepReadsTests</c>.
/// </summary>
public sealed class StepTransfersTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Fact]
    public void Objectives_read_and_send_nothing_of_their_own()
    {
        List<string> found = [];
        foreach (var assembly in Library.Assemblies.Where(assembly => assembly != typeof(Trainer).Assembly))
        {
            var calls = new TorchCalls(assembly);
            found.AddRange(
                from type in assembly.GetTypes()
                from compute in type.GetMethods(Own)
                where compute.Name == "Compute" && compute.ReturnType == typeof(ObjectiveResult) && !compute.IsAbstract
                from call in calls.Reads(compute).Concat(calls.Sends(compute))
                select $"{type.Name}, {call}");
        }
        found.Distinct().Order(StringComparer.Ordinal).Should().Equal(
            // To where the tensors are already.
            "ConditionalElbo, ConditionalVae.DecodeOfChecked: to",
            "ConditionalElbo, ConditionalVae.EncodeOfChecked: to",
            // Of labels on the CPU, or where nobody says how many of a batch's items are labelled.
            "ConditionalElbo, LabelSpace.Values: cpu",
            "ConditionalElbo, LabelSpace.Values: data",
            "M2Objective, ConditionalVae.DecodeOfChecked: to",
            "M2Objective, ConditionalVae.EncodeOfChecked: to",
            "M2Objective, LabelSpace.Values: cpu",
            "M2Objective, LabelSpace.Values: data",
            "M2Objective, MixedRows.Index: tensor",
            // Once a run, and none of a target whose numbers stay.
            "MegaRegularised, MomentTarget.Like: to",
            // A boosted prior's, outside of steps (KeptNumbersTests), and of a classifier, which is no part of a model.
            "PenalisedBound, ComponentTable.Select: tensor",
            "PenalisedBound, KeptNumbers.Read: cpu",
            "PenalisedBound, KeptNumbers.Read: data",
            "PenalisedBound, LearnedClassifier.Posterior: cpu",
            "PenalisedBound, LearnedClassifier.Posterior: data",
            "PenalisedBound, NormalComponents.Select: tensor",
            "PenalisedBound, NormalMixture..ctor: tensor",
            // Of rows on the CPU.
            "SavaeElbo, PatientLayout.ExplainBits: ToBoolean",
            "SavaeElbo, PatientLayout.ExplainBits: ToDouble",
            "SavaeElbo, PatientLayout.ExplainBits: ToInt64");
    }
}
