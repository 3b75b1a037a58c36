using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Stochastic gradient descent, with momentum (Nesterov's too) and weight decay as PyTorch defines them.</summary>
public class SGD : OptimizerHelper, optim.IMomentum
{
    public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
    {
        _defaults = new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize };
        foreach (var group in parameters)
            add_param_group(group);
    }

    /// <summary>The momentum of the first group; setting it sets every group's.</summary>
    public double Momentum
    {
        get => ((ParamGroup)_parameter_groups[0]).Momentum;
        set
        {
            foreach (var group in _parameter_groups.Cast<ParamGroup>())
                group.Momentum = value;
        }
    }

    public override void add_param_group(Modules.ParamGroup param_group)
        => AddGroup(param_group, param_group.Options ?? new Options(), p => new State(p));

    public override Tensor? step(Func<Tensor>? closure = null)
        => _step<ParamGroup>(g => ForEachGradient<State>(g, (p, gradient, s) => Update(g.Options, p, gradient, s)), closure);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            DisposeStates();
        base.Dispose(disposing);
    }

    private static void Update(Options options, Parameter parameter, Tensor gradient, State state)
    {
        var direction = options.maximize!.Value ? -gradient : gradient;
        if (options.weight_decay!.Value != 0)
            direction = direction.add(parameter, options.weight_decay.Value);
        if (options.momentum!.Value != 0)
        {
            if (state.momentum_buffer is null)
                state.momentum_buffer = direction.clone().DetachFromDisposeScope();
            else
                state.momentum_buffer.mul_(options.momentum.Value).add_(direction, 1 - options.dampening!.Value);
            direction = options.nesterov!.Value ? direction.add(state.momentum_buffer, options.momentum.Value) : state.momentum_buffer;
        }
        parameter.add_(direction, -options.LearningRate!.Value);
    }

    public class Options : OptimizerOptions
    {
        public double? momentum;
        public double? dampening;
        public double? weight_decay;
        public bool? nesterov;
        public bool? maximize;

        public override void LoadStateDict(OptimizerOptions source)
        {
            base.LoadStateDict(source);
            var other = (Options)source;
            (momentum, dampening, weight_decay, nesterov, maximize) = (other.momentum, other.dampening, other.weight_decay, other.nesterov, other.maximize);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            (momentum, dampening, weight_decay) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
            (nesterov, maximize) = (reader.ReadBoolean(), reader.ReadBoolean());
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            foreach (var number in (double?[])[momentum, dampening, weight_decay])
                writer.Write(number!.Value);
            writer.Write(nesterov!.Value);
            writer.Write(maximize!.Value);
        }

        internal override void Complete(OptimizerOptions defaults)
        {
            base.Complete(defaults);
            var other = (Options)defaults;
            (momentum, dampening, weight_decay) = (momentum ?? other.momentum, dampening ?? other.dampening, weight_decay ?? other.weight_decay);
            (nesterov, maximize) = (nesterov ?? other.nesterov, maximize ?? other.maximize);
        }
    }

    public class ParamGroup : ParamGroup<Options>, optim.IMomentum
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options)
            : base(parameters, options)
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : base(parameters, new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize })
        {
        }

        public double Momentum
        {
            get => Options.momentum!.Value;
            set => Options.momentum = value;
        }
    }

    public sealed class State(Parameter parameter) : OptimizerState(parameter), IDisposable
    {
        public Tensor? momentum_buffer;

        public override void Initialize(OptimizerOptions options)
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }

        public override void LoadStateDict(OptimizerState source)
        {
            if (!ReferenceEquals(this, source))
                Take(ref momentum_buffer, ((State)source).momentum_buffer);
        }

        public override void LoadStateDict(BinaryReader reader) => Load(reader, ref momentum_buffer, _parameter.device);

        public override void SaveStateDict(BinaryWriter writer) => Save(writer, momentum_buffer);

        public override void to(Device device) => Move(ref momentum_buffer, device);

        public override bool ApproximatelyEquals(OptimizerState other) => other is State s && Near(momentum_buffer, s.momentum_buffer);

        public void Dispose() => momentum_buffer?.Dispose();
    }
}
