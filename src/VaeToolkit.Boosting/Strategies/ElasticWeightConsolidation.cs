using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Elastic weight consolidation (Kirkpatrick et al. 2017): (λ/2) Σ_i F_i (θ_i − θ*_i)² over the weights of encoder and decoder, with
/// the diagonal Fisher information F_i = (1/N) Σ_n (∂ log p(x_n|z_n)/∂θ_i)² at the weights θ* kept after each task,
/// squares of single items' gradients.
/// </summary>
/// <remarks>
/// The sum of several quadratics is one: Σ_t F_t (θ − θ_t)² = F (θ − θ̄)² + c with F = Σ F_t and θ̄ = Σ F_t θ_t / F.
/// So what is kept does not grow with tasks.
/// </remarks>
public sealed class ElasticWeightConsolidation : ContinualStrategy
{
    // Where no task has any information on a weight, there is nothing to divide.
    private const double Tiny = 1e-30;
    private readonly ElasticWeightConsolidationOptions _options;
    private readonly KeptTensors _state = new();

    /// <summary>Makes the strategy.</summary>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ElasticWeightConsolidation(ElasticWeightConsolidationOptions? options = null) => _options = (options ?? new()).Validated();

    /// <inheritdoc/>
    public override string Settings => string.Create(
        CultureInfo.InvariantCulture, $"{Name} of strength {_options.Strength}, {_options.Rule}, decay {_options.Decay}, "
            + $"{_options.Loss} of {_options.Items} items in groups of {_options.Group}");

    /// <inheritdoc/>
    public override torch.Tensor? Penalty(Vae model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (_state.All.Count == 0)
            return null;
        var constant = _state["constant"];
        var sum = constant.to(ItemSum.WideType(constant));
        foreach (var (name, parameter) in Weights(model))
            sum = sum + Sum(_state["fisher." + name] * (parameter - _state["anchor." + name]).square());
        return (sum * (_options.Strength / 2)).to(_state.All.First(pair => pair.Key != "constant").Value.dtype);
    }

    /// <inheritdoc/>
    public override void TaskEnded(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        if (_options.Rule == ConsolidationRule.FirstOnly && _state.All.Count > 0)
            return;
        using var scope = torch.NewDisposeScope();
        var fisher = new FisherInformation(_options).Of(stage.Model, stage.Task.Train, stage.Options.Seed);
        using var noGradient = torch.no_grad();
        _state.All.TryGetValue("constant", out var constant);
        foreach (var (name, parameter) in Weights(stage.Model))
        {
            var growth = Consolidate(name, parameter.detach(), fisher[name]);
            constant = constant is null ? growth : constant + growth;
        }
        _state.Keep("constant", constant!);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, torch.Tensor> SaveState() => _state.All;

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, torch.Tensor> state) => _state.Load(state);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _state.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The weights that are held, by name.</summary>
    internal static IEnumerable<(string Name, Parameter Parameter)> Weights(Vae model)
        => model.Encoder.named_parameters().Select(p => ("encoder." + p.name, p.parameter))
            .Concat(model.Decoder.named_parameters().Select(p => ("decoder." + p.name, p.parameter)));

    /// <summary>Adds a task's quadratic; returns what the sum's constant grows by.</summary>
    private torch.Tensor Consolidate(string name, torch.Tensor weights, torch.Tensor fisher)
    {
        if (!_state.All.TryGetValue("fisher." + name, out var old))
        {
            _state.Keep("fisher." + name, fisher);
            _state.Keep("anchor." + name, weights);
            return None(weights);
        }
        var anchor = _state["anchor." + name];
        var total = _options.Rule == ConsolidationRule.Online ? old * _options.Decay + fisher : old + fisher;
        var online = _options.Rule == ConsolidationRule.Online;
        var joint = online ? weights : torch.where(total.gt(Tiny), (old * anchor + fisher * weights) / total.clamp_min(Tiny), weights);
        var constant = online ? None(weights) : Sum(old * (anchor - joint).square() + fisher * (weights - joint).square()).reshape(1);
        _state.Keep("fisher." + name, total);
        _state.Keep("anchor." + name, joint);
        return constant;
    }

    // In float64, as all that is added up over the weights: a model has millions.
    private static torch.Tensor Sum(torch.Tensor terms) => ItemSum.InDouble(terms.flatten());

    private static torch.Tensor None(torch.Tensor like) => torch.zeros(1, ItemSum.WideType(like), like.device);
}
