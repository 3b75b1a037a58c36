using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class FusedAdamTests
{
    [Theory]
    [InlineData("adam", 0.9, 0.999, 1e-8, 0.0)]
    [InlineData("adam_betas", 0.8, 0.95, 1e-4, 0.0)]
    [InlineData("adam_decay", 0.9, 0.999, 1e-8, 0.1)]
    public void Twenty_steps_equal_PyTorchs(string name, double beta1, double beta2, double epsilon, double decay)
    {
        using var scope = torch.NewDisposeScope();
        using var file = SafeTensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "optimisers.safetensors"));
        foreach (var type in new[] { torch.float32, torch.float64 })
        {
            var (x, y) = (file["x"].to(type), file["y"].to(type));
            var w = new Parameter(file["start.w"].to(type).clone());
            var b = new Parameter(file["start.b"].to(type).clone());
            using var optimizer = new FusedAdam([w, b], 0.05, beta1, beta2, epsilon, decay);
            for (var step = 0; step < 20; step++)
            {
                optimizer.zero_grad();
                ((x.mm(w) + b - y).pow(4).sum() / (4.0 * x.shape[0])).backward();
                optimizer.step();
                // Float32 arithmetic drifts from PyTorch's float64 numbers by a few units in the last place a step.
                Difference(w, file[name + ".w"][step])
                    .Should().BeLessThan(type == torch.float32 ? 1e-5 : 1e-12, "step {0} of {1}", step, type);
                Difference(b, file[name + ".b"][step])
                    .Should().BeLessThan(type == torch.float32 ? 1e-5 : 1e-12, "step {0} of {1}", step, type);
            }
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void Parameters_of_every_shape_and_layout_move_as_with_torchs_Adam(double decay)
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(1);
        // Torch adds the decay in one rounding, so slopes differ by a few 1e-9: beside a small ε that
        // decides the step where a slope is nearly zero.
        var epsilon = decay > 0 ? 1e-3 : 1e-8;
        var ours = Parameters();
        var theirs = ours.Select(p => new Parameter(p.detach().clone())).ToArray();
        using var fused = new FusedAdam(ours, 0.01, 0.9, 0.99, epsilon, decay);
        using var plain = torch.optim.Adam(theirs, 0.01, 0.9, 0.99, epsilon, decay, false, false);
        for (var step = 0; step < 25; step++)
        {
            for (var i = 0; i < ours.Length; i++)
            {
                // One parameter sits out every third step: its moments and bias correction must stand still then.
                var gradient = i == 1 && step % 3 == 1 ? null : torch.randn(ours[i].shape, dtype: ours[i].dtype);
                ours[i].grad = gradient!;
                theirs[i].grad = gradient?.clone()!;
            }
            fused.step();
            plain.step();
        }
        for (var i = 0; i < ours.Length; i++)
            Difference(ours[i], theirs[i]).Should().BeLessThan(2e-6, "parameter {0} has moved by about 0.25 in float32", i);
    }

    [Theory]
    [InlineData(1e-8)]
    [InlineData(1e-12)]
    [InlineData(1e-20)]
    public void Gradients_of_any_size_move_parameters_as_in_float64(double epsilon)
    {
        using var scope = torch.NewDisposeScope();
        // From 10⁻²⁴ to 10¹⁸ and 0, both signs: squares leave a float's range on both sides.
        float[] sizes = [0, .. Enumerable.Range(-24, 43).SelectMany(k => new[] { (float)Math.Pow(10, k), -3 * (float)Math.Pow(10, k) })];
        var (ours, theirs) = (new Parameter(torch.zeros(sizes.Length)), new Parameter(torch.zeros(sizes.Length, dtype: torch.float64)));
        using var fused = new FusedAdam([ours], 1, epsilon: epsilon);
        using var plain = torch.optim.Adam([theirs], 1, eps: epsilon);
        for (var step = 1; step <= 3; step++)
        {
            ours.grad = torch.tensor(sizes) * step;
            theirs.grad = torch.tensor(sizes).to(torch.float64) * step;
            fused.step();
            plain.step();
        }
        for (var i = 0; i < sizes.Length; i++)
        {
            var (value, exact) = (ours[i].ToSingle(), theirs[i].ToDouble());
            // Where a square is below the smallest float, ε must be what counts.
            if (Math.Abs(sizes[i]) > 1e-17 || epsilon > 1e-15 || sizes[i] == 0)
                Math.Abs(value - exact).Should().BeLessThan(3e-6 * Math.Max(Math.Abs(exact), 1e-30), "the gradient is {0}", sizes[i]);
        }
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var before = torch.get_num_threads();
        try
        {
            var results = new[] { 1, 2, 3 }.Select(threads => RunWith(threads)).ToArray();
            results[1].Should().Equal(results[0]);
            results[2].Should().Equal(results[0]);
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void Saved_state_goes_on_bit_for_bit()
    {
        using var scope = torch.NewDisposeScope();
        var (one, other) = (Parameters(), Parameters());
        using var first = new FusedAdam(one, 0.01);
        Steps(first, one, 3, seed: 1);
        using var second = new FusedAdam(other, 0.5);
        foreach (var (target, source) in other.Zip(one))
        {
            using var noGrad = torch.no_grad();
            target.copy_(source);
        }
        first.LearningRate = 0.02;
        second.LoadState(first.SaveState());
        Steps(first, one, 3, seed: 2);
        Steps(second, other, 3, seed: 2);

        (second.LearningRate, second.InitialLearningRate).Should().Be((0.02, 0.01));
        foreach (var (target, source) in other.Zip(one))
            Difference(target, source).Should().Be(0);
    }

    [Fact]
    public void State_of_other_parameters_is_refused_with_every_misfit()
    {
        using var scope = torch.NewDisposeScope();
        using var optimizer = new FusedAdam([new Parameter(torch.zeros([2, 3])), new Parameter(torch.zeros([4]))]);
        var state = optimizer.SaveState();
        state["mean.0"] = torch.zeros([3, 2]);
        state.Remove("variance.1");
        state["other"] = torch.zeros([1]);

        FluentActions.Invoking(() => optimizer.LoadState(state)).Should().Throw<ArgumentException>()
            .WithMessage("*mean.0 [2, 3]*variance.1 [4]*other is unexpected*");
    }

    [Fact]
    public void A_schedule_moves_the_learning_rate()
    {
        using var scope = torch.NewDisposeScope();
        using var optimizer = new FusedAdam(Parameters(), 0.1);
        var schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma: 0.5);
        schedule.step();
        schedule.step();
        optimizer.LearningRate.Should().BeApproximately(0.025, 1e-12);
        optimizer.InitialLearningRate.Should().Be(0.1);
    }

    [Fact]
    public void A_closure_is_run_with_gradients_and_its_loss_returned()
    {
        using var scope = torch.NewDisposeScope();
        var parameter = new Parameter(torch.ones([3]));
        using var optimizer = new FusedAdam([parameter], 0.1);
        var loss = optimizer.step(() =>
        {
            var value = parameter.sum();
            value.backward();
            return value;
        });
        loss.item<float>().Should().Be(3);
        parameter.detach().sum().item<float>().Should().BeApproximately(2.7f, 1e-5f, "Adam's first step is the learning rate itself");
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var scope = torch.NewDisposeScope();
        var parameters = Parameters();
        using var optimizer = new FusedAdam(parameters);
        Steps(optimizer, parameters, 1, seed: 1);
        var before = scope.DisposablesCount;
        optimizer.step();
        optimizer.zero_grad();
        scope.DisposablesCount.Should().Be(before);
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        using var scope = torch.NewDisposeScope();
        var parameter = new Parameter(torch.zeros([1]));
        FluentActions.Invoking(() => new FusedAdam(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => new FusedAdam([])).Should().Throw<ArgumentException>().WithMessage("*no parameters*");
        FluentActions.Invoking(() => new FusedAdam([parameter, parameter])).Should().Throw<ArgumentException>().WithMessage("*twice*");
        FluentActions.Invoking(() => new FusedAdam([parameter], learningRate: double.NaN))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("learningRate");
        FluentActions.Invoking(() => new FusedAdam([parameter], beta1: 1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("beta1");
        FluentActions.Invoking(() => new FusedAdam([parameter], beta2: -0.1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("beta2");
        FluentActions.Invoking(() => new FusedAdam([parameter], epsilon: -1))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("epsilon");
        FluentActions.Invoking(() => new FusedAdam([parameter], weightDecay: double.PositiveInfinity))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("weightDecay");
    }

    [Fact]
    public void Defaults_are_the_papers()
    {
        using var scope = torch.NewDisposeScope();
        using var optimizer = new FusedAdam([new Parameter(torch.zeros([1]))]);
        (optimizer.LearningRate, optimizer.Betas, optimizer.Epsilon, optimizer.WeightDecay).Should().Be((1e-3, (0.9, 0.999), 1e-8, 0.0));
        Optimizers.Adam([new Parameter(torch.zeros([1]))]).Should().BeOfType<FusedAdam>("all parameters are on the CPU");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void On_a_device_a_step_makes_few_tensors_for_all_and_views_for_each_parameter(double decay)
    {
        using var scope = torch.NewDisposeScope();
        var (four, forty) = (TensorsOfAStep(4, decay), TensorsOfAStep(40, decay));
        var each = (forty - four) / 36;
        // The gradient, its view to be joined, the denominator's part and its shape; with decay the parameter's view to be joined too.
        each.Should().Be(decay == 0 ? 4 : 5);
        (four - (4 * each)).Should().Be(decay == 0 ? 2 : 3, "gradients are joined and a root is taken once for all");
    }

    [Fact]
    public void On_a_device_a_step_changes_tensors_six_times_for_all_and_once_for_each_parameter()
        => new TorchCalls(typeof(FusedAdam).Assembly).Changes(TorchCalls.Method(typeof(AdamGroup), "UpdateTogether")).Should().Equal(
            // The decay, where there is one, and what each parameter is moved by.
            "AdamGroup.UpdateTogether: add_",
            "AdamGroup.UpdateTogether: addcdiv_",
            // All moments at once, as the tensors made show.
            "AdamSlot.MoveMoments: add_",
            "AdamSlot.MoveMoments: add_",
            "AdamSlot.MoveMoments: addcmul_",
            "AdamSlot.MoveMoments: div_",
            "AdamSlot.MoveMoments: mul_",
            "AdamSlot.MoveMoments: mul_");

    private static long TensorsOfAStep(int count, double decay)
    {
        var parameters = Enumerable.Range(0, count).Select(_ => new Parameter(torch.zeros([3, 2], device: torch.META))).ToArray();
        using var optimizer = new FusedAdam(parameters, weightDecay: decay);
        Array.ForEach(parameters, parameter => parameter.grad = torch.ones([3, 2], device: torch.META));
        var before = Made();
        optimizer.step();
        return Made() - before;

        static long Made()
        {
            var made = DisposeScopeManager.Statistics.TensorStatistics;
            return made.CreatedInScopeCount + made.CreatedOutsideScopeCount;
        }
    }

    private static double Difference(torch.Tensor left, torch.Tensor right) =>
        (left.detach().to(torch.float64) - right.detach().to(torch.float64)).abs().max().item<double>();

    // Shorter and longer than a vector, longer than a worker's share, transposed, and of another number type.
    private static Parameter[] Parameters() =>
    [
        new(torch.randn([7])),
        new(torch.randn([33, 17])),
        new(torch.randn([300, 301])),
        new(torch.randn([5, 9]).t()),
        new(torch.randn([11], dtype: torch.float64)),
        new(torch.randn([1]).reshape([])),
    ];

    private static void Steps(FusedAdam optimizer, Parameter[] parameters, int count, long seed)
    {
        using var scope = torch.NewDisposeScope();
        using var draws = SeedScope.Begin(seed);
        for (var step = 0; step < count; step++)
        {
            foreach (var parameter in parameters)
                parameter.grad = torch.randn(parameter.shape, dtype: parameter.dtype);
            optimizer.step();
        }
    }

    private static float[] RunWith(int threads)
    {
        torch.set_num_threads(threads);
        using var scope = torch.NewDisposeScope();
        using var draws = SeedScope.Begin(5);
        var parameters = Parameters();
        using var optimizer = new FusedAdam(parameters, 0.01);
        Steps(optimizer, parameters, 4, seed: 6);
        return parameters[2].detach().data<float>().ToArray();
    }
}
