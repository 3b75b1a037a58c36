using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What optimisers written in C# share: groups, states by parameter, and saving and loading them.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    protected OptimizerOptions _defaults = null!;
    private readonly Dictionary<Parameter, OptimizerState> _states = new(ReferenceEqualityComparer.Instance);

    public OptimizerHelper()
        : base(IntPtr.Zero)
    {
    }

    private protected IEnumerable<OptimizerState> States => _states.Values;

    public override void zero_grad() => base.zero_grad();

    public override IEnumerable<Parameter> parameters() => base.parameters();

    public override void add_param_group(ParamGroup param_group) => base.add_param_group(param_group);

    public void to(Device device)
    {
        foreach (var state in States)
            state.to(device);
    }

    /// <summary>The live settings and states, not copies.</summary>
    public virtual StateDictionary state_dict()
    {
        var states = parameters().Select(p => _states[p]).ToList();
        var next = 0;
        var references = _parameter_groups.Select(g => g.Parameters.Select(_ => next++).ToList()).ToList();
        return new StateDictionary([.. _parameter_groups.Select(g => g.Options)], states, references);
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        Require(state_dict.Options.Count == own.Options.Count, "number of parameter groups");
        Require(state_dict.State.Count == own.State.Count, "number of parameters");
        foreach (var (options, source) in own.Options.Zip(state_dict.Options))
            options.LoadStateDict(source);
        foreach (var (state, source) in own.State.Zip(state_dict.State))
            state.LoadStateDict(source);
    }

    public void save_state_dict(string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        save_state_dict(writer);
    }

    public void load_state_dict(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    public void save_state_dict(BinaryWriter writer)
    {
        var own = state_dict();
        writer.Write(own.Options.Count);
        writer.Write(own.State.Count);
        own.Options.ForEach(o => o.SaveStateDict(writer));
        own.State.ForEach(s => s.SaveStateDict(writer));
    }

    public void load_state_dict(BinaryReader reader)
    {
        var own = state_dict();
        Require(reader.ReadInt32() == own.Options.Count, "number of parameter groups");
        Require(reader.ReadInt32() == own.State.Count, "number of parameters");
        own.Options.ForEach(o => o.LoadStateDict(reader));
        own.State.ForEach(s => s.LoadStateDict(reader));
    }

    protected Tensor? _step<T>(Action<T> body, Func<Tensor>? loss_closure = null)
        where T : ParamGroup
    {
        Tensor? loss = null;
        if (loss_closure is not null)
        {
            using var gradients = enable_grad();
            loss = loss_closure();
        }
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in _parameter_groups)
            body((T)group);
        return loss;
    }

    /// <summary>Adds a group whose settings are complete, with a new state for each of its parameters.</summary>
    private protected void AddGroup(ParamGroup group, OptimizerOptions options, Func<Parameter, OptimizerState> newState)
    {
        group.Options = options;
        options.Complete(_defaults);
        _parameter_groups.Add(group);
        foreach (var parameter in group.Parameters)
        {
            var state = _states[parameter] = newState(parameter);
            state.Initialize(options);
        }
    }

    /// <summary>Calls an update for every parameter of a group that has a gradient.</summary>
    private protected void ForEachGradient<TState>(ParamGroup group, Action<Parameter, Tensor, TState> update)
        where TState : OptimizerState
    {
        foreach (var parameter in group.Parameters)
        {
            using var gradient = parameter.grad;
            if (gradient is not null)
                update(parameter, gradient, (TState)_states[parameter]);
        }
    }

    private protected void DisposeStates()
    {
        foreach (var state in States.OfType<IDisposable>())
            state.Dispose();
        _states.Clear();
    }

    private static void Require(bool same, string what)
    {
        if (!same)
            throw new ArgumentException($"The state dictionary and the optimizer differ in the {what}.");
    }
}
