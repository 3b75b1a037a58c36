using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>What every module promises.</summary>
public sealed class ContractTests
{
    private const double Rounding = 1e-6;

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Lives_on_after_the_dispose_scope_that_it_was_made_in(string name)
    {
        var entry = ModuleTable.Find(name);
        using var plain = Make(entry);
        torch.nn.Module inside;
        using (torch.NewDisposeScope())
            inside = Make(entry);
        using var scope = torch.NewDisposeScope();
        Loss(entry, inside).Should().Be(Loss(entry, plain));
        inside.Dispose();
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Is_the_same_after_a_move_to_float64_and_back(string name)
    {
        var entry = ModuleTable.Find(name);
        using var scope = torch.NewDisposeScope();
        using var module = Make(entry);
        var before = Loss(entry, module);
        Place.Wide.Move(module);
        using (torch.NewDisposeScope())
        {
            Seed();
            var loss = entry.Loss(module, Place.Wide);
            loss.dtype.Should().Be(torch.float64);
            loss.ToDouble().Should().BeApproximately(before, entry.Tolerance * (1 + Math.Abs(before)));
        }
        Place.Usual.Move(module);
        Loss(entry, module).Should().BeApproximately(before, Rounding * (1 + Math.Abs(before)));
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Lives_on_after_the_dispose_scope_that_it_was_moved_in(string name)
    {
        var entry = ModuleTable.Find(name);
        using var module = Make(entry);
        using (torch.NewDisposeScope())
            Place.Wide.Move(module);
        using (torch.NewDisposeScope())
            entry.Loss(module, Place.Wide).ToDouble().Should().NotBe(double.NaN);
        using (torch.NewDisposeScope())
            Place.Usual.Move(module);
        using (torch.NewDisposeScope())
            Loss(entry, module).Should().NotBe(double.NaN);
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Its_loss_reaches_every_parameter(string name)
    {
        var entry = ModuleTable.Find(name);
        using var scope = torch.NewDisposeScope();
        using var module = Make(entry);
        module.parameters().Any().Should().Be(entry.HasParameters);
        var loss = entry.Loss(module, Place.Usual);
        if (!entry.HasParameters)
            return;
        loss.backward();
        module.named_parameters().Where(named => named.parameter.requires_grad)
            .Select(named => (named.name, Fault: FaultOf(named.parameter.grad)))
            .Where(finding => finding.Fault is not null).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(ModuleTable.Trained), MemberType = typeof(ModuleTable))]
    public void Steps_of_training_leave_no_tensor_behind(string name)
    {
        var entry = ModuleTable.Find(name);
        using var module = Make(entry);
        using var optimizer = Optimizers.Adam(module.parameters());
        Train(entry, module, optimizer, 5);
        var (tensors, live) = (Reference.LiveTensors(), LiveInThread());
        Train(entry, module, optimizer, 15);
        (torch.Tensor.TotalCount - tensors, LiveInThread() - live).Should().Be((0, 0));
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Disposing_gives_back_all_that_making_took(string name)
    {
        var entry = ModuleTable.Find(name);
        var (before, live) = (Reference.LiveTensors(), LiveInThread());
        var outsideScope = MakeAndDispose(entry);
        (torch.Tensor.TotalCount - before, LiveInThread() - live).Should().Be((outsideScope, 0), "nothing is left to the finalizer");
        before = Reference.LiveTensors();
        long inScope;
        using (torch.NewDisposeScope())
            inScope = MakeAndDispose(entry);
        (torch.Tensor.TotalCount - before).Should().Be(inScope);
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Its_mode_is_that_of_all_its_parts(string name)
    {
        using var module = Make(ModuleTable.Find(name));
        foreach (var mode in new[] { false, true, false })
        {
            module.train(mode);
            module.modules().Prepend(module).Should().OnlyContain(part => part.training == mode);
        }
    }

    [Theory]
    [MemberData(nameof(ModuleTable.All), MemberType = typeof(ModuleTable))]
    public void Describes_itself_and_its_parts_in_words(string name)
    {
        using var module = Make(ModuleTable.Find(name));
        Library.OwnParts(module).SelectMany(FaultsOfText).Should().BeEmpty();
    }

    private static torch.nn.Module Make(ModuleEntry entry)
    {
        Seed();
        return entry.Make();
    }

    // Gives what TorchSharp's counter keeps of it for good.
    private static long MakeAndDispose(ModuleEntry entry)
    {
        using var module = Make(entry);
        return (module.parameters().Count() - entry.NativeParameters) * entry.ParametersMade;
    }

    private static double Loss(ModuleEntry entry, torch.nn.Module module)
    {
        using var scope = torch.NewDisposeScope();
        Seed();
        return entry.Loss(module, Place.Usual).ToDouble();
    }

    private static void Seed() => torch.manual_seed(1);

    private static long LiveInThread() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static void Train(ModuleEntry entry, torch.nn.Module module, torch.optim.Optimizer optimizer, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            optimizer.zero_grad();
            entry.Loss(module, Place.Usual).backward();
            optimizer.step();
        }
    }

    private static string? FaultOf(torch.Tensor? gradient) => gradient switch
    {
        null => "no gradient",
        _ when !gradient.isfinite().all().ToBoolean() => "not finite",
        _ when gradient.abs().sum().ToDouble() == 0 => "all zero",
        _ => null,
    };

    private static IEnumerable<string> FaultsOfText(torch.nn.Module part)
    {
        var (text, type) = (part.ToString()!, part.GetType());
        if (text.Contains(type.Namespace!, StringComparison.Ordinal))
            yield return $"{type} describes itself by its namespace: {text}";
        else if (text.Trim() == type.Name)
            yield return $"{type} describes itself by its name alone";
        // A model that is put together has a line for each part.
        if (!part.named_children().Any(child => child.name is "encoder" or "generative" or "vae")
            && text.Contains('\n', StringComparison.Ordinal))
            yield return $"{type} describes itself in several lines: {text}";
    }
}
