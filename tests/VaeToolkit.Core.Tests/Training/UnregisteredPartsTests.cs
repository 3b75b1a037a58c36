using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>Parts of a user's own that are registered TorchSharp's way, or not at all.</summary>
public sealed class UnregisteredPartsTests : IDisposable
{
    private readonly TensorData _data = TinyData.Make(40, seed: 1);

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fields_are_registered_TorchSharps_way(bool calls)
    {
        using var folder = new TemporaryFolder();
        using var vae = Model(new Habitual(calls));
        var before = vae.get_parameter("encoder._trunk.weight")!.Values();
        Trainer.Fit(vae, new Elbo(), _data, null, new() { BatchSize = 10, Epochs = 1 });
        vae.get_parameter("encoder._trunk.weight")!.Values().Should().NotEqual(before);
        vae.SaveWeights(folder["vae.safetensors"]);
        using var file = SafeTensors.Read(folder["vae.safetensors"]);
        file.Tensors.Keys.Should().Contain(["encoder._trunk.weight", "encoder._trunk.bias", "encoder._head.weight", "encoder._head.bias"]);
    }

    [Fact]
    public void What_was_registered_by_name_is_not_registered_again()
    {
        using var vae = Model(new Forgetful(forgets: false));
        vae.named_parameters().Select(pair => pair.name).Where(name => name.StartsWith("encoder."))
            .Should().Equal("encoder.trunk.weight", "encoder.trunk.bias", "encoder.head.weight", "encoder.head.bias");
        PreFlight.Check(vae, new Elbo(), _data, null, new() { BatchSize = 10 });
    }

    [Fact]
    public void One_forgotten_module_is_found_and_named()
    {
        using var vae = Model(new Forgetful(forgets: true));
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), _data, null, new() { BatchSize = 10, Epochs = 1 }))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle()
            .Which.Should().StartWith("The module 'encoder._trunk' (Linear) is held but not registered, so its 2 parameters are neither "
                + "trained nor saved; register it");
    }

    [Fact]
    public void A_list_that_is_met_first_where_nothing_is_looked_into_any_more_is_looked_into_when_it_is_met_again()
    {
        using var model = new DeepList();
        UnregisteredParts.Findings(model).Should().ContainSingle().Which.Should()
            .StartWith("The module '_parts[0].Layer' (Linear) is held but not registered");
    }

    [Fact]
    public void So_are_parameters_lists_properties_dropout_and_what_plain_objects_hold()
    {
        using var model = new Holder();
        var findings = FluentActions.Invoking(() => PreFlight.Check(model, new Zero(), _data, null, new() { BatchSize = 10 }))
            .Should().Throw<PreFlightException>().Which.Findings;
        findings.Where(text => text.Contains("not registered")).Select(text => text.Split('\'')[1]).Should().BeEquivalentTo(
            "_scale", "_list[1]", "Property", "_byName[x]", "_pair[0]", "_named[0][1]", "_set[0]", "_record.Layer", "_dropout", "_norm");
        findings.Should().ContainMatch("*'_dropout'*stays in training mode*").And.ContainMatch("*'_norm'*its buffers are not saved*");
    }

    [Fact]
    public void So_are_what_functions_lazy_values_pairs_and_keys_hold()
    {
        using var model = new Wrapping();
        UnregisteredParts.Findings(model).Select(text => text.Split('\'')[1]).Should().BeEquivalentTo(
            "_method", "_lambda.captured", "_lazy", "_memory[0]", "_thread",
            "_entries[0][1]", "_tuples[0][1]", "a key of _names", "_itself[1]", "_numbered[0][1]");
    }

    [Fact]
    public void So_is_what_an_unregistered_module_has_not_registered_itself()
    {
        using var model = new Nested();
        var findings = UnregisteredParts.Findings(model);
        findings.Select(text => text.Split('\'')[1]).Should().BeEquivalentTo(
            "_bare._first", "_bare._second", "_chain.0._first", "_chain.0._second", "_half", "_half._second");
        findings.Should().ContainMatch("*'_half' (Block) is held but not registered, so its 2 parameters are neither trained nor saved*");
    }

    [Fact]
    public void A_module_that_is_made_when_items_first_come_is_found_too()
    {
        using var vae = Model(new Late());
        FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), _data, null, new() { BatchSize = 10, Epochs = 1 }))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle()
            .Which.Should().StartWith("The module 'encoder._trunk' (Linear) is held but not registered");
    }

    [Fact]
    public void A_VampPrior_and_shared_or_frozen_modules_are_none()
    {
        var encoder = new MlpEncoder(6, 2, [4]);
        using var vae = new Vae(
            encoder, new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new VampPrior(encoder, [6], components: 3));
        PreFlight.Check(vae, new Elbo(), _data, null, new() { BatchSize = 10 });
        using var sharing = new Sharing();
        UnregisteredParts.Findings(sharing).Should().BeEmpty();
    }

    [Fact]
    public void What_listeners_and_callers_have_of_their_own_is_no_part()
    {
        using var model = new Watched();
        var experiment = new Experiment();
        model.Called += experiment.Told;
        model.Told = _ => experiment.Told();
        UnregisteredParts.Findings(model).Should().BeEmpty();
    }

    private static Vae Model(Encoder encoder)
        => new(encoder, new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));

    private static DiagonalNormal Halves(torch.Tensor raw) => new(raw.narrow(1, 0, 2), raw.narrow(1, 2, 2));

    private sealed class Habitual : Encoder
    {
        private readonly Linear _trunk = torch.nn.Linear(6, 4);
        private readonly Linear _head = torch.nn.Linear(4, 4);

        public Habitual(bool calls)
            : base(nameof(Habitual))
        {
            if (calls)
                RegisterComponents();
        }

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => Halves(_head.forward(_trunk.forward(input).tanh()));
    }

    private sealed class Forgetful : Encoder
    {
        private readonly Linear _trunk = torch.nn.Linear(6, 4);
        private readonly Linear _head = torch.nn.Linear(4, 4);

        public Forgetful(bool forgets)
            : base(nameof(Forgetful))
        {
            if (!forgets)
                register_module("trunk", _trunk);
            register_module("head", _head);
        }

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => Halves(_head.forward(_trunk.forward(input).tanh()));
    }

    private sealed record Layered(Linear Layer);

    private sealed class Holder : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _linear = torch.nn.Linear(6, 6);
        private readonly Parameter _scale = new(torch.ones(1));
        private readonly List<Linear> _list;
        private readonly Dictionary<string, Linear> _byName = new() { ["x"] = torch.nn.Linear(1, 1) };
        private readonly (Linear, int) _pair = (torch.nn.Linear(1, 1), 3);
        private readonly (string, Linear)[] _named = [("x", torch.nn.Linear(1, 1))];
        private readonly HashSet<Linear> _set = [torch.nn.Linear(1, 1)];
        private readonly Layered _record = new(torch.nn.Linear(1, 1));
        private readonly Dropout _dropout = torch.nn.Dropout(0.5);
        private readonly BatchNorm1d _norm = torch.nn.BatchNorm1d(6, affine: false);
        private readonly ReLU _activation = torch.nn.ReLU();

        public Holder()
            : base(nameof(Holder))
        {
            register_module("linear", _linear);
            _list = [_linear, torch.nn.Linear(1, 1)];
        }

        public Linear Property { get; } = torch.nn.Linear(1, 1);

        public override torch.Tensor forward(torch.Tensor input)
            => _norm.forward(_dropout.forward(_activation.forward(_linear.forward(input)))) * _scale * _pair.Item2;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            torch.nn.Module[] own =
                [_list[1], _byName["x"], _pair.Item1, _named[0].Item2, .. _set, _record.Layer, _dropout, _norm, _activation, Property];
            foreach (var module in own)
                module.Dispose();
            _scale.Dispose();
        }
    }

    private sealed class Late : Encoder
    {
        private readonly Linear _head = torch.nn.Linear(4, 4);
        private Linear? _trunk;

        public Late()
            : base(nameof(Late)) => register_module("head", _head);

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input)
        {
            _trunk ??= torch.nn.Linear(input.shape[1], 4);
            return Halves(_head.forward(_trunk.forward(input).tanh()));
        }
    }

    private sealed class Wrapping : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _linear = torch.nn.Linear(6, 6);
        private readonly Func<torch.Tensor, torch.Tensor> _method = torch.nn.Linear(6, 6).forward;
        private readonly Func<torch.Tensor, torch.Tensor> _own;
        private readonly Func<torch.Tensor, torch.Tensor> _lambda;
        private readonly Lazy<Linear> _lazy = new(() => torch.nn.Linear(6, 6));
        private readonly Lazy<Linear> _never = new(() => torch.nn.Linear(6, 6));
        private readonly KeyValuePair<string, Linear>[] _entries = [new("x", torch.nn.Linear(6, 6))];
        private readonly HashSet<(int, Linear)> _tuples = [(1, torch.nn.Linear(6, 6))];
        private readonly Dictionary<Linear, string> _names = new() { [torch.nn.Linear(6, 6)] = "x" };
        private readonly ImmutableArray<Linear> _unmade;
        private readonly ImmutableArray<KeyValuePair<int, Linear>> _numbered = [new(0, torch.nn.Linear(6, 6))];
        private readonly List<object> _itself = [];
        private readonly ReadOnlyMemory<Linear> _memory = new[] { torch.nn.Linear(6, 6) };
        private readonly ThreadLocal<Linear> _thread = new(() => torch.nn.Linear(6, 6));

        public Wrapping()
            : base(nameof(Wrapping))
        {
            register_module("linear", _linear);
            (_own, _unmade) = (_linear.forward, default);
            var captured = torch.nn.Linear(6, 6);
            _lambda = x => captured.forward(_linear.forward(x));
            _ = (_lazy.Value, _thread.Value);
            _itself.AddRange([_itself, torch.nn.Linear(6, 6)]);
        }

        public override torch.Tensor forward(torch.Tensor input)
        {
            var x = _lambda(_own(_method(_lazy.Value.forward(_thread.Value!.forward(_memory.Span[0].forward(input))))));
            var others = _entries.Select(pair => pair.Value).Concat(_tuples.Select(pair => pair.Item2)).Concat(_names.Keys)
                .Concat(_numbered.Select(pair => pair.Value)).Concat(_itself.OfType<Linear>());
            return _never.IsValueCreated || !_unmade.IsDefault ? x : others.Aggregate(x, (y, layer) => layer.forward(y));
        }
    }

    private sealed class Block : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _first = torch.nn.Linear(6, 6);
        private readonly Linear _second = torch.nn.Linear(6, 6);

        public Block(bool registersFirst)
            : base(nameof(Block))
        {
            if (registersFirst)
                register_module("first", _first);
        }

        public override torch.Tensor forward(torch.Tensor input) => _second.forward(_first.forward(input));
    }

    private sealed class Nested : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _linear = torch.nn.Linear(6, 6);
        private readonly Block _bare = new(registersFirst: false);
        private readonly Sequential _chain = torch.nn.Sequential(new Block(registersFirst: false));
        private readonly Block _half = new(registersFirst: true);

        public Nested()
            : base(nameof(Nested)) => register_module("linear", _linear);

        public override torch.Tensor forward(torch.Tensor input)
            => _half.forward(_chain.forward(_bare.forward(_linear.forward(input))));
    }

    /// <summary>Holds a registered part a second time, in a chain, and a frozen teacher.</summary>
    private sealed class Sharing : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _linear = torch.nn.Linear(6, 6);
        private readonly Sequential _chain;
        private readonly Linear _teacher = torch.nn.Linear(6, 6);

        public Sharing()
            : base(nameof(Sharing))
        {
            register_module("linear", _linear);
            _chain = torch.nn.Sequential(_linear, torch.nn.ReLU());
            foreach (var parameter in _teacher.parameters())
                parameter.requires_grad = false;
        }

        public override torch.Tensor forward(torch.Tensor input) => _chain.forward(input) - _teacher.forward(input);
    }

    private sealed record Held(Linear Layer);

    private sealed record Inner(List<Held> Parts);

    private sealed record Middle(Inner Next);

    private sealed record Outer(Middle Next);

    /// <summary>Holds a list at the end of a long chain of objects, and then by itself.</summary>
    private sealed class DeepList : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Outer _chain;
        private readonly List<Held> _parts = [new(torch.nn.Linear(6, 6))];

        public DeepList()
            : base(nameof(DeepList))
            => _chain = new(new(new(_parts)));

        public override torch.Tensor forward(torch.Tensor input) => _chain.Next.Next.Parts[0].Layer.forward(_parts[0].Layer.forward(input));
    }

    /// <summary>Runs a model, and has a critic that is not part of it.</summary>
    private sealed class Experiment
    {
        private readonly Linear _critic = torch.nn.Linear(6, 6);

        public void Told() => _ = _critic.training;
    }

    private sealed class Watched() : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(Watched))
    {
        public event Action? Called;

        public Action<long>? Told { get; set; }

        public override torch.Tensor forward(torch.Tensor input)
        {
            Called?.Invoke();
            Told?.Invoke(input.numel());
            return input;
        }
    }

    private sealed class Zero : Objective<torch.nn.Module<torch.Tensor, torch.Tensor>>
    {
        public override ObjectiveResult Compute(torch.nn.Module<torch.Tensor, torch.Tensor> model, Batch batch)
            => new(model.call(batch.Items).square().mean());
    }
}
