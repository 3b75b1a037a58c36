using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>What functions hold that are parts of a model.</summary>
public sealed class UnregisteredFunctionsTests
{
    [Fact]
    public void Of_what_lambdas_of_one_block_have_captured_a_model_has_what_its_own_read()
    {
        var slope = 0.5;
        using var baseline = torch.nn.Linear(6, 6);
        Linear[] heads = [torch.nn.Linear(6, 6), torch.nn.Linear(6, 6)];
        Func<string> report = () => baseline.ToString()!;
        using var scaled = new Applied(x => x * slope);
        using var headed = new Applied(x => heads[1].forward(x) * slope);
        using var nested = new Applied(x => new[] { x }.Select(y => heads[0].forward(y)).Single());
        using var local = new Applied(x => First(x));
        report().Should().NotBeEmpty();
        UnregisteredParts.Findings(scaled).Should().BeEmpty("its function reads a number");
        foreach (var (model, name) in new[] { (headed, "heads"), (nested, "heads"), (local, "heads") })
        {
            UnregisteredParts.Findings(model).Select(text => text.Split('\'')[1]).Should().Equal(
                $"_function.{name}[0]", $"_function.{name}[1]");
        }

        torch.Tensor First(torch.Tensor x) => heads[0].forward(x);
    }

    [Fact]
    public void A_module_around_the_model_is_no_part_of_it_but_what_its_functions_read_is()
    {
        using var pair = new Pair();
        UnregisteredParts.Findings(pair.Scaled).Should().BeEmpty("it reads a number of the pair");
        UnregisteredParts.Findings(pair.Halved).Should().BeEmpty("its method is the pair's, which has the model as a part");
        UnregisteredParts.Findings(pair.Borrowing).Should().ContainSingle()
            .Which.Should().StartWith("The module '_function._critic' (Linear) is held but not registered");
        UnregisteredParts.Findings(pair.Asking).Should().ContainSingle()
            .Which.Should().StartWith("The module '_function._critic' (Linear) is held but not registered");
        UnregisteredParts.Findings(pair.Inheriting).Should().ContainSingle()
            .Which.Should().StartWith("The module '_function.Judge' (Linear) is held but not registered");
        UnregisteredParts.Findings(pair).Should().BeEmpty();
    }

    private sealed class Applied : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Func<torch.Tensor, torch.Tensor> _function;

        public Applied(Func<torch.Tensor, torch.Tensor> function)
            : base(nameof(Applied)) => _function = function;

        public override torch.Tensor forward(torch.Tensor input) => _function(input);
    }

    private abstract class Judging(string name) : torch.nn.Module<torch.Tensor, torch.Tensor>(name)
    {
        protected Linear Judge { get; } = torch.nn.Linear(6, 6);
    }

    /// <summary>Has models whose functions are its own lambdas and methods.</summary>
    private sealed class Pair : Judging
    {
        private readonly double _slope = 0.5;
        private readonly Linear _critic = torch.nn.Linear(6, 6);

        public Pair()
            : base(nameof(Pair))
        {
            (Scaled, Halved, Borrowing) = (new(x => x * _slope), new(Half), new(x => _critic.forward(x) * _slope));
            (Asking, Inheriting) = (new(Ask), new(x => Judge.forward(x)));
            RegisterComponents();
            register_module("judge", Judge);
        }

        public Applied Scaled { get; }

        public Applied Halved { get; }

        public Applied Borrowing { get; }

        public Applied Asking { get; }

        public Applied Inheriting { get; }

        public override torch.Tensor forward(torch.Tensor input) => _critic.forward(Scaled.forward(input));

        private torch.Tensor Ask(torch.Tensor input) => _critic.forward(input);

        private torch.Tensor Half(torch.Tensor input) => input * _slope;
    }
}
