using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Contract.Tests.Modules;

namespace VaeToolkit.Contract.Tests.Devices;

/// <summary>
/// A tensor that is made on the CPU and meets a model elsewhere is found without another device: <c>meta</c> tensors have shapes and no
/// numbers, and refuse to mix with the CPU's.
/// </summary>
public sealed class ModuleDeviceTests
{
    /// <summary>Every module wherever it computes: those that read numbers do not where there are none.</summary>
    public static TheoryData<string, string> Everywhere
        => Places.With(
            ModuleTable.Entries.Select(entry => entry.Name),
            (name, place) => !place.IsMeta || ModuleTable.Find(name).NotOnMeta is null);

    /// <summary>
    /// Every module that is called with a tensor by itself: not a layer of a network, nor the last stage of a decoder, which says it for
    /// them, nor what is asked for without a tensor.
    /// </summary>
    public static TheoryData<string> Called => [.. ModuleTable.Entries
        .Where(entry => entry.HasParameters && s_withinOthers.All(name => !entry.Name.StartsWith(name, StringComparison.Ordinal)))
        .Select(entry => entry.Name)];

    private static readonly string[] s_withinOthers = ["BayesianConv3d", "ObservationModel.", "LabelPrior."];

    /// <summary>Every prior in the table of modules.</summary>
    public static TheoryData<string> WithPrior => [.. ModuleTable.Entries.Where(HasPrior).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Computes_loss_and_gradients_where_it_was_moved(string name, string at)
    {
        var (entry, place) = (ModuleTable.Find(name), Places.Find(at));
        using var scope = torch.NewDisposeScope();
        using var module = place.Move(entry.Make());
        module.parameters().Concat(module.buffers()).Should().NotContain(tensor => tensor.device_type != place.Device.type);
        foreach (var mode in new[] { true, false })
        {
            module.train(mode);
            module.zero_grad();
            place.Try(() => RequireThere(entry, module, place));
        }
    }

    [Theory]
    [MemberData(nameof(WithPrior))]
    public void A_prior_draws_and_weighs_where_it_was_moved(string name)
    {
        var entry = ModuleTable.Find(name);
        foreach (var place in Places.Names.Select(Places.Find).Where(place => !place.IsMeta || entry.NotOnMeta is null))
        {
            using var scope = torch.NewDisposeScope();
            using var module = place.Move(entry.Make());
            var prior = Library.OwnParts(module).OfType<Prior>().Single();
            place.Try(() => RequireThere(prior, place));
        }
    }

    [Fact]
    public void Modules_that_say_why_they_cannot_compute_without_numbers_really_cannot()
    {
        foreach (var entry in ModuleTable.Entries.Where(entry => entry.NotOnMeta is not null))
        {
            using var scope = torch.NewDisposeScope();
            var compute = () => entry.Loss(Place.Meta.Move(entry.Make()), Place.Meta);
            compute.Should().Throw<ExternalException>(entry.NotOnMeta);
        }
    }

    [Theory]
    [MemberData(nameof(Called))]
    public void Inputs_without_numbers_and_weights_with_them_or_the_reverse_are_refused_in_a_sentence(string name)
    {
        var entry = ModuleTable.Find(name);
        foreach (var (weights, inputs) in new[] { (Place.Usual, Place.Meta), (Place.Meta, Place.Usual) })
        {
            using var scope = torch.NewDisposeScope();
            using var module = weights.Move(entry.Make());
            module.eval();
            var refusal = Record.Exception(() => entry.Loss(module, inputs));
            refusal.Should().BeAssignableTo<ArgumentException>().Which.Message.Should().Contain("meta").And.Contain("cpu").And
                .NotContain("\n");
        }
    }

    private static void RequireThere(ModuleEntry entry, torch.nn.Module module, Place place)
    {
        var loss = entry.Loss(module, place);
        place.ExplainElsewhere(loss, "the loss").Should().BeNull();
        if (!entry.HasParameters)
            return;
        loss.backward();
        module.named_parameters().Where(named => named.parameter.requires_grad)
            .Select(named => named.parameter.grad is { } grad ? place.ExplainElsewhere(grad, named.name) : $"{named.name} has none")
            .Should().OnlyContain(finding => finding == null);
    }

    private static void RequireThere(Prior prior, Place place)
    {
        var posterior = new DiagonalNormal(place.Centred(4, prior.LatentSize), place.Centred(4, prior.LatentSize));
        torch.Tensor?[] results =
        [
            prior.AnalyticKl(posterior),
            prior.LogProb(place.Centred(2, 4, prior.LatentSize)),
            prior.LogProb(place.Centred(3, prior.LatentSize)),
            prior.Sample(3),
        ];
        results.OfType<torch.Tensor>().Select(result => place.ExplainElsewhere(result, $"a result at {place}"))
            .Should().OnlyContain(finding => finding == null);
    }

    private static bool HasPrior(ModuleEntry entry)
    {
        using var module = entry.Make();
        return Library.OwnParts(module).OfType<Prior>().Any();
    }
}
