using System.Reflection;
using System.Reflection.Emit;
using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>
/// What TorchSharp 0.107.0 itself does wrong, as far as it has to do with this project. Each test holds a fault fast; when it fails,
/// upstream has mended that, and its message says what of ours can go. Faults that end the process are read from the assembly, never run.
/// </summary>
public sealed class UpstreamFaultTests
{
    private const string Nothing = "nothing here goes round it, so only this test goes";

    [Fact]
    public void Hardtanh_gives_back_its_input_as_it_was()
    {
        var because = Mended(
            "samples/ContinualLearning/BoundedBernoulli.cs may use functional.hardtanh, whose backward pass is shorter than clamp's");
        using var x = tensor([-3.0, 0.5, 2.5]);
        foreach (var result in (Tensor[])[x.hardtanh(-1, 1), functional.hardtanh(x), Hardtanh().forward(x)])
        {
            result.Should().BeSameAs(x, because);
            result.ShouldHold([-3, 0.5, 2.5], because: because);
        }
    }

    [Fact]
    public void Group_norm_starts_from_uninitialised_memory()
    {
        // The memory is what was freed just before, or new and all 0, or something else yet; all 1 by chance does not happen.
        full(4096, 7).Dispose();
        using var norm = GroupNorm(1, 4096);
        var because = Mended("ConvolutionBlock in src/VaeToolkit.WeightPriors/Networks need not set weight and bias");
        norm.weight.Values().Should().NotEqual(Enumerable.Repeat(1.0, 4096), because);
    }

    [Fact]
    public void A_loaded_momentum_buffer_dies_with_the_scope_of_the_moment()
    {
        using var parameter = new Parameter(ones(2));
        using var optimizer = optim.SGD([parameter], 0.1, momentum: 0.9);
        parameter.grad = ones(2).DetachFromDisposeScope();
        optimizer.step();
        using var file = new MemoryStream();
        optimizer.save_state_dict(new BinaryWriter(file));
        file.Position = 0;
        using (NewDisposeScope())
            optimizer.load_state_dict(new BinaryReader(file));
        var buffer = ((SGD.State)optimizer.state_dict().State.Single()).momentum_buffer;
        buffer.IsInvalid.Should().BeTrue(Mended("OptimizerFile.LoadForeign in src/VaeToolkit.Core/Training need not detach anything"));
    }

    [Fact]
    public void Plain_SGD_cannot_take_over_the_state_of_another()
    {
        using var parameter = new Parameter(ones(2));
        using var first = optim.SGD([parameter], 0.1);
        using var second = optim.SGD([parameter], 0.1);
        var takeOver = () => second.load_state_dict(first.state_dict());
        var because = Mended("OptimiserTests.CasesThatTakeStates may be all cases; files work, so checkpoints do");
        takeOver.Should().Throw<NullReferenceException>(because);
    }

    [Fact]
    public void Elu_in_place_leaves_its_input_alone()
    {
        using var scope = NewDisposeScope();
        var x = tensor([-1.0, 2.0]);
        ELU(2, inplace: true).forward(x).ShouldHold([2 * (Math.Exp(-1) - 1), 2], because: "the result is right");
        x.elu_(2);
        var because = Mended("Activation.Elu in src/VaeToolkit.Core/Networks/Layers.cs may be made in place, as LeakyReLU is");
        x.ShouldHold([-1, 2], because: because);
    }

    [Fact]
    public void Xavier_normal_draws_uniform_numbers()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var drawn = init.xavier_normal_(empty(200, 300)).abs().max().ToDouble();
        drawn.Should().BeApproximately(Math.Sqrt(6.0 / 500), 1e-3, Mended(Nothing));
    }

    [Fact]
    public void Zero_gives_another_managed_object_back()
    {
        using var x = ones(2);
        using var result = x.zero_();
        x.ShouldHold([0, 0], because: "the tensor itself is zeroed");
        result.Should().NotBeSameAs(x, Mended("HandValueTests may ask of every change that it gives the same object back"));
    }

    [Fact]
    public void AdamWs_weight_decay_is_0_unless_given()
    {
        using var parameter = new Parameter(ones(1));
        using var optimizer = optim.AdamW([parameter]);
        var options = (AdamW.Options)((AdamW.ParamGroup)optimizer.ParamGroups.Single()).Options;
        options.weight_decay.Should().Be(0, Mended("PyTorch's is 0.01; OptimiserTests' adamw_no_decay must say weight_decay: 0"));
    }

    [Fact]
    public void A_normal_distribution_takes_its_parameters_out_of_the_scope()
    {
        using var scope = NewDisposeScope();
        var (mean, deviation) = (zeros(2), ones(2));
        using var normal = distributions.Normal(mean, deviation);
        scope.DisposablesView.Should().BeEquivalentTo([mean, deviation], Mended(Nothing));
    }

    [Fact]
    public void Temporary_buffers_are_not_listed_and_stay_behind_when_a_module_moves_or_goes()
    {
        var module = new Parts();
        module.named_buffers().Select(b => b.name).Should().Equal(["mean"], Mended(Nothing));
        module.to(float64);
        module.get_buffer("mean")!.dtype.Should().Be(float64);
        using var scratch = module.get_buffer("scratch")!;
        scratch.dtype.Should().Be(float32, Mended("modules of this project may register buffers that are not saved"));
        module.Dispose();
        scratch.IsInvalid.Should().BeFalse(Mended("a module need not dispose of a buffer that is not saved"));
    }

    [Fact]
    public void A_parameter_counts_for_two_live_tensors_and_takes_one_back()
    {
        var before = LiveTensors.Count();
        new Parameter(ones(1)).Dispose();
        LiveTensors.Count().Should().Be(before + 1, Mended("tests that count live tensors may make parameters between two counts"));
    }

    [Fact]
    public void A_convolution_made_outside_of_a_scope_leaves_a_tensor_to_the_finalizer()
    {
        var before = LiveTensors.Count();
        Conv2d(1, 1, 1).Dispose();
        var kept = Tensor.TotalCount;
        LiveTensors.Count().Should().BeLessThan(kept, Mended("modules of this project need no scope around the convolutions they make"));
        LiveTensors.Count().Should().Be(before + 2, "parameters count so, see above");
    }

    [Fact]
    public void Unflatten_refuses_to_count_axes_from_the_end()
    {
        using var x = ones(2, 6);
        var split = () => x.unflatten(-1, 2, 3);
        var because = Mended("CategoricalObservationModel in src/VaeToolkit.Core/Decoders may name its axis from the end");
        split.Should().Throw<ArgumentException>(because);
    }

    [Fact]
    public void The_mean_of_all_but_NaN_is_called_with_other_arguments_than_the_native_function_takes()
    {
        // The native side takes (tensor, axes, how many, keepdim, dtype): the axis is read as an address.
        var natives = typeof(torch).Assembly.GetType("TorchSharp.PInvoke.NativeMethods")!;
        var parameters = natives.GetMethod("THSTensor_nanmean", BindingFlags.Static | BindingFlags.NonPublic)!.GetParameters();
        parameters.Select(p => p.ParameterType).Should().Equal([typeof(nint), typeof(long), typeof(bool), typeof(sbyte)], Mended(Nothing));
    }

    [Fact]
    public void Disposing_looks_at_the_handle_and_clears_it_in_two_steps()
    {
        // Two threads that dispose one tensor may so both free it, which ends the process.
        var because = Mended("threads may dispose one tensor at once, and LifetimeTests may say so");
        const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;
        var dispose = typeof(Tensor).GetMethod("Dispose", Hidden, [typeof(bool)])!;
        typeof(Tensor).GetField("handle", Hidden)!.FieldType.Should().Be<nint>(because);
        CallsOf(dispose).Should().Contain("THSTensor_dispose", because).And.NotContain(["Exchange", "CompareExchange", "Enter"], because);
    }

    private static string Mended(string consequence)
        => $"TorchSharp 0.107.0 does this wrong; if it does no more, upstream has mended it: {consequence}";

    // The names of the methods that a method calls. A byte that only looks like a call names nothing, or something else; both do no harm.
    private static IEnumerable<string> CallsOf(MethodInfo method)
    {
        var code = method.GetMethodBody()!.GetILAsByteArray()!;
        for (var i = 0; i + 4 < code.Length; i++)
        {
            var isCall = code[i] == OpCodes.Call.Value || code[i] == OpCodes.Callvirt.Value;
            if (isCall && Resolved(method.Module, BitConverter.ToInt32(code, i + 1)) is { } called)
                yield return called.Name;
        }
    }

    private static MethodBase? Resolved(System.Reflection.Module module, int token)
    {
        try
        {
            return module.ResolveMethod(token);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
