using TorchSharp;
using VaeToolkit.Boosting.Tests.Continual;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Strategies;

public sealed class ElasticWeightConsolidationTests : IDisposable
{
    private const double Variance = 0.25;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(6);
    private readonly TaskSequence _tasks = Stripes.Tasks(3);

    public void Dispose()
    {
        _tasks.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(29)]
    public void Fisher_information_of_a_linear_Gaussian_model_is_its_closed_form(int group)
    {
        // p(x|z) = N(b, v I) whatever z: ∂ log p / ∂b = (x − b)/v, so F_b = mean of (x − b)²/v²,
        // and of the means of groups when gradients are averaged first; an item counts the same in a last group that is smaller.
        using var model = Gaussian();
        var data = _tasks.Tasks[0].Train;
        var fisher = new FisherInformation(new() { Items = (int)data.Count, Group = group }).Of(model, data, seed: 4);
        var bias = model.Decoder.state_dict()["head.bias"].Values();
        var sums = new double[6];
        foreach (var batch in data.Batches(group, 4, 0))
        {
            var mean = batch.Items.mean([0L]).Values();
            for (var d = 0; d < 6; d++)
                sums[d] += Math.Pow(batch.Size * (mean[d] - bias[d]) / Variance, 2) / group;
        }
        fisher["decoder.head.bias"].Values()
            .Should().Equal(sums.Select(sum => sum / data.Count), (one, other) => Math.Abs(one - other) < 1e-4 * other);
        fisher["encoder.head.bias"].Values().Should().OnlyContain(value => value == 0, "the reconstruction does not depend on z");
        model.parameters().Should().OnlyContain(parameter => NoGradient(parameter));
    }

    [Fact]
    public void Fisher_information_of_many_items_is_exact_to_float32_rounding()
    {
        // With v = 1 and b = 0 it is the mean of x²: beside 2²⁶ a float32 sum has no ones, which are 499 of the 500 items.
        using var model = Gaussian(variance: 1);
        using (torch.no_grad())
            model.Decoder.state_dict()["head.bias"].zero_();
        var items = torch.ones(500, 6);
        items[17] = 8192;
        using var data = new TensorData(items);
        var fisher = new FisherInformation(new() { Items = 500 }).Of(model, data, seed: 4);
        var wanted = ((1L << 26) + 499) / 500.0;
        fisher["decoder.head.bias"].dtype.Should().Be(torch.float32);
        fisher["decoder.head.bias"].Values().Should().OnlyContain(value => Math.Abs(value - wanted) < 1e-7 * wanted);
    }

    [Fact]
    public void The_bound_s_Fisher_information_reaches_the_encoder()
    {
        using var model = Gaussian();
        var fisher = new FisherInformation(new() { Loss = FisherLoss.Bound }).Of(model, _tasks.Tasks[0].Train, seed: 4);
        fisher["encoder.head.bias"].Values().Sum().Should().BeGreaterThan(0);
    }

    [Fact]
    public void The_penalty_is_zero_at_the_anchor_and_quadratic_around_it()
    {
        using var model = Stripes.Model();
        using var strategy = new ElasticWeightConsolidation(new() { Strength = 10, Items = 30 });
        strategy.Penalty(model).Should().BeNull();
        strategy.TaskEnded(Stage(model, 0));
        strategy.Penalty(model)!.ToDouble().Should().Be(0);
        var fisher = new FisherInformation(new() { Items = 30 }).Of(model, _tasks.Tasks[0].Train, Stripes.Options.Seed);
        Shift(model, 0.1);
        var wanted = 10 / 2.0 * 0.01 * fisher.Values.Sum(tensor => tensor.sum().ToDouble());
        strategy.Penalty(model)!.ToDouble().Should().BeApproximately(wanted, 1e-3 * wanted);
    }

    [Fact]
    public void The_penalty_of_millions_of_weights_is_exact_to_float32_rounding()
    {
        // Of two tasks, so that the sum's constant counts; the terms are float32 numbers, and all are added up in float64.
        using var model = new Vae(
            new MlpEncoder(6, 2, [1500, 1500]), new MlpDecoder(2, [5], ObservationModel.Gaussian(Variance, 6)), new StandardNormalPrior(2));
        using var strategy = new ElasticWeightConsolidation(new() { Strength = 2, Items = 2 });
        strategy.TaskEnded(Stage(model, 0));
        Shift(model, 0.1);
        strategy.TaskEnded(Stage(model, 1));
        Shift(model, 1.0 / 3);
        var state = strategy.SaveState();
        var wanted = state["constant"].to(torch.float64).ToDouble();
        foreach (var (name, parameter) in ElasticWeightConsolidation.Weights(model))
            wanted += (state["fisher." + name] * (parameter - state["anchor." + name]).square()).Values().Sum();
        state["constant"].ToDouble().Should().BeGreaterThan(0);
        var penalty = strategy.Penalty(model)!;
        penalty.dtype.Should().Be(torch.float32);
        penalty.ToDouble().Should().BeApproximately(wanted, 1.2e-7 * wanted);
        penalty.backward();
    }

    [Fact]
    public void Separate_and_online_agree_after_one_task()
    {
        using var model = Stripes.Model();
        using var separate = new ElasticWeightConsolidation();
        using var online = new ElasticWeightConsolidation(new() { Rule = ConsolidationRule.Online });
        separate.TaskEnded(Stage(model, 0));
        online.TaskEnded(Stage(model, 0));
        Shift(model, 0.2);
        separate.Penalty(model)!.ToDouble().Should().Be(online.Penalty(model)!.ToDouble()).And.BeGreaterThan(0);
    }

    [Fact]
    public void Separate_penalties_of_two_tasks_add_up_and_online_ones_decay_about_the_latest_weights()
    {
        using var model = Stripes.Model();
        var options = new ElasticWeightConsolidationOptions { Strength = 2, Items = 30 };
        using var first = new ElasticWeightConsolidation(options);
        using var second = new ElasticWeightConsolidation(options);
        using var both = new ElasticWeightConsolidation(options);
        using var online = new ElasticWeightConsolidation(options with { Rule = ConsolidationRule.Online, Decay = 0.5 });
        first.TaskEnded(Stage(model, 0));
        both.TaskEnded(Stage(model, 0));
        online.TaskEnded(Stage(model, 0));
        var fisher = new FisherInformation(options).Of(model, _tasks.Tasks[0].Train, Stripes.Options.Seed);
        Shift(model, 0.3);
        second.TaskEnded(Stage(model, 1));
        both.TaskEnded(Stage(model, 1));
        online.TaskEnded(Stage(model, 1));
        Shift(model, -0.1);
        var sum = first.Penalty(model)!.ToDouble() + second.Penalty(model)!.ToDouble();
        both.Penalty(model)!.ToDouble().Should().BeApproximately(sum, 1e-3 * sum);
        // About the weights after the second task: the decayed Fisher information of the first beside that of the second,
        // at a distance of 0.1.
        var decayed = 0.5 * fisher.Values.Sum(tensor => tensor.sum().ToDouble()) * 0.01 + second.Penalty(model)!.ToDouble();
        online.Penalty(model)!.ToDouble().Should().BeApproximately(decayed, 1e-3 * decayed);
    }

    [Fact]
    public void First_only_holds_the_first_task_s_weights_whatever_follows()
    {
        using var model = Stripes.Model();
        var options = new ElasticWeightConsolidationOptions { Strength = 2, Items = 30 };
        using var first = new ElasticWeightConsolidation(options);
        using var only = new ElasticWeightConsolidation(options with { Rule = ConsolidationRule.FirstOnly });
        first.TaskEnded(Stage(model, 0));
        only.TaskEnded(Stage(model, 0));
        Shift(model, 0.3);
        only.TaskEnded(Stage(model, 1));
        Shift(model, -0.1);
        only.Penalty(model)!.ToDouble().Should().Be(first.Penalty(model)!.ToDouble()).And.BeGreaterThan(0);
    }

    [Fact]
    public void Its_state_comes_back()
    {
        using var model = Stripes.Model();
        using var strategy = new ElasticWeightConsolidation(new() { Items = 10 });
        strategy.TaskEnded(Stage(model, 0));
        using var other = new ElasticWeightConsolidation(new() { Items = 10 });
        other.LoadState(strategy.SaveState());
        Shift(model, 0.1);
        other.Penalty(model)!.ToDouble().Should().Be(strategy.Penalty(model)!.ToDouble());
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Named(new() { Strength = 0 }, "*λ*");
        Named(new() { Decay = 1.5 }, "*γ*");
        Named(new() { Items = 0 }, "*Items*");
        Named(new() { Group = 0 }, "*Group*");

        static void Named(ElasticWeightConsolidationOptions options, string message)
            => FluentActions.Invoking(() => new ElasticWeightConsolidation(options))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    private ContinualStage Stage(Vae model, int task) => new(model, _tasks.Tasks[task], task, Stripes.Options);

    private static void Shift(Vae model, double by)
    {
        using var noGradient = torch.no_grad();
        foreach (var parameter in model.parameters())
            parameter.add_(by);
    }

    private static bool NoGradient(TorchSharp.Modules.Parameter parameter) => parameter.grad is null;

    private static Vae Gaussian(double variance = Variance)
    {
        var model = new Vae(
            new MlpEncoder(6, 2, [8]), new MlpDecoder(2, [8], ObservationModel.Gaussian(variance, 6)), new StandardNormalPrior(2));
        using var noGradient = torch.no_grad();
        model.Decoder.state_dict()["head.weight"].zero_();
        return model;
    }
}
