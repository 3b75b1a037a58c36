using TorchSharp;
using VaeToolkit.Contract.Tests.Modules;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>Objectives compute in the type and on the device of their model.</summary>
public sealed class ObjectiveDeviceTests
{
    /// <summary>Every objective at every place where it can be computed.</summary>
    public static TheoryData<string, string> Objectives
        => Places.With(ObjectiveTable.Entries.Keys, (name, place) => ObjectiveTable.Entries[name].NotOnMeta is null || !place.IsMeta);

    /// <summary>The places.</summary>
    public static TheoryData<string> AllPlaces => [.. Places.Names];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void An_objective_computes_where_its_model_is(string name, string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        var compute = ObjectiveTable.Entries[name].Prepare(place);
        place.Try(() =>
        {
            foreach (var result in compute())
            {
                place.ExplainElsewhere(result.Loss, "the loss").Should().BeNull();
                result.Terms.Where(term => term.Tensor is not null).Select(term => place.ExplainElsewhere(term.Tensor!, term.Name))
                    .Should().OnlyContain(finding => finding == null);
                result.Loss.backward();
            }
        });
    }

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void The_error_that_a_constraint_is_on_is_computed_there_too(string at)
    {
        var place = Places.Find(at);
        using var scope = torch.NewDisposeScope();
        using var vae = place.Move(CoreEntries.SmallVae());
        using var entered = place.Enter();
        var likelihood = vae.Decode(vae.Encode(place.Levels(4, 6)).RSample(3));
        ReconstructionConstraint[] constraints =
        [
            ReconstructionConstraint.SquaredErrorPerItem(1), ReconstructionConstraint.SquaredErrorPerPixel(1),
            ReconstructionConstraint.NegativeLogLikelihoodPerItem(1), ReconstructionConstraint.NegativeLogLikelihoodPerPixel(1),
        ];
        constraints.Select(constraint => place.ExplainElsewhere(constraint.Error(likelihood, place.Levels(4, 6)), constraint.Name))
            .Should().OnlyContain(finding => finding == null);
    }

    [Fact]
    public void Every_objective_is_in_the_table()
        => Library.Uncovered(Library.Assemblies, typeof(Objective<>), ObjectiveTable.Entries.Values.Select(entry => entry.Type))
            .Should().BeEmpty();
}
