using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Adam (Kingma and Ba 2015): steps along the running mean of gradients over the root of that of their squares.</summary>
public class Adam : OptimizerHelper, optim.IBetas
{
    public Adam(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    public Adam(IEnumerable<ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
    {
        _defaults = new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize };
        foreach (var group in parameters)
            add_param_group(group);
    }

    /// <summary>The rates of the first group; setting them sets every group's.</summary>
    public (double, double) Betas
    {
        get => ((ParamGroup)_parameter_groups[0]).Betas;
        set
        {
            foreach (var group in _parameter_groups.Cast<ParamGroup>())
                group.Betas = value;
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
        state.step++;
        var direction = options.maximize!.Value ? -gradient : gradient;
        if (options.weight_decay!.Value != 0)
            direction = direction.add(parameter, options.weight_decay.Value);
        var (beta1, beta2) = (options.beta1!.Value, options.beta2!.Value);
        state.exp_avg!.mul_(beta1).add_(direction, 1 - beta1);
        state.exp_avg_sq!.mul_(beta2).addcmul_(direction, direction, 1 - beta2);
        var square = state.exp_avg_sq;
        if (options.amsgrad!.Value)
        {
            using var larger = state.max_exp_avg_sq!.maximum(state.exp_avg_sq);
            square = state.max_exp_avg_sq!.copy_(larger);
        }
        using var deviation = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, state.step))).add_(options.eps!.Value);
        parameter.addcdiv_(state.exp_avg, deviation, -options.LearningRate!.Value / (1 - Math.Pow(beta1, state.step)));
    }

    public class Options : OptimizerOptions
    {
        public double? beta1;
        public double? beta2;
        public double? weight_decay;
        public double? eps;
        public bool? amsgrad;
        public bool? maximize;

        public override void LoadStateDict(OptimizerOptions source)
        {
            base.LoadStateDict(source);
            var other = (Options)source;
            (beta1, beta2, eps, weight_decay, amsgrad, maximize) = (other.beta1, other.beta2, other.eps, other.weight_decay, other.amsgrad, other.maximize);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            (beta1, beta2, eps, weight_decay) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
            (amsgrad, maximize) = (reader.ReadBoolean(), reader.ReadBoolean());
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            foreach (var number in (double?[])[beta1, beta2, eps, weight_decay])
                writer.Write(number!.Value);
            writer.Write(amsgrad!.Value);
            writer.Write(maximize!.Value);
        }

        internal override void Complete(OptimizerOptions defaults)
        {
            base.Complete(defaults);
            var other = (Options)defaults;
            (beta1, beta2, eps) = (beta1 ?? other.beta1, beta2 ?? other.beta2, eps ?? other.eps);
            (weight_decay, amsgrad, maximize) = (weight_decay ?? other.weight_decay, amsgrad ?? other.amsgrad, maximize ?? other.maximize);
        }
    }

    public class ParamGroup : ParamGroup<Options>, optim.IBetas
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options)
            : base(parameters, options)
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize })
        {
        }

        public (double, double) Betas
        {
            get => (Options.beta1!.Value, Options.beta2!.Value);
            set => (Options.beta1, Options.beta2) = value;
        }
    }

    public sealed class State(Parameter parameter) : OptimizerState(parameter), IDisposable
    {
        public long step;
        public Tensor? exp_avg;
        public Tensor? exp_avg_sq;
        public Tensor? max_exp_avg_sq;

        public override void Initialize(OptimizerOptions options)
        {
            step = 0;
            exp_avg = Zeros(_parameter);
            exp_avg_sq = Zeros(_parameter);
            max_exp_avg_sq = ((Options)options).amsgrad == true ? Zeros(_parameter) : null;
        }

        public override void LoadStateDict(OptimizerState source)
        {
            var other = (State)source;
            if (ReferenceEquals(this, other))
                return;
            step = other.step;
            Take(ref exp_avg, other.exp_avg);
            Take(ref exp_avg_sq, other.exp_avg_sq);
            Take(ref max_exp_avg_sq, other.max_exp_avg_sq);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            step = reader.ReadInt64();
            Load(reader, ref exp_avg, _parameter.device);
            Load(reader, ref exp_avg_sq, _parameter.device);
            Load(reader, ref max_exp_avg_sq, _parameter.device);
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write(step);
            Save(writer, exp_avg);
            Save(writer, exp_avg_sq);
            Save(writer, max_exp_avg_sq);
        }

        public override void to(Device device)
        {
            Move(ref exp_avg, device);
            Move(ref exp_avg_sq, device);
            Move(ref max_exp_avg_sq, device);
        }

        public override bool ApproximatelyEquals(OptimizerState other)
            => other is State s && s.step == step && Near(exp_avg, s.exp_avg) && Near(exp_avg_sq, s.exp_avg_sq) && Near(max_exp_avg_sq, s.max_exp_avg_sq);

        public void Dispose()
        {
            exp_avg?.Dispose();
            exp_avg_sq?.Dispose();
            max_exp_avg_sq?.Dispose();
        }
    }
}
