using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Training;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) that updates contiguous float32 parameters on the CPU in one pass over their memory, split over
/// as many threads as torch had when it was made. Other parameters, such as those on a GPU, are updated together by tensor operators, some
/// ten for all and one for each, and nothing is read from their device. Results equal those of
/// <c>torch.optim.Adam</c> to float precision and do not depend on the number of threads. Schedulers work with it;
/// it is one parameter group.
/// </summary>
/// <remarks>
/// The memory is written without autograd noticing: a graph that was kept with <c>retain_graph</c> must not be used after a step.
/// Gradients are dropped, not zeroed, by <see cref="zero_grad"/>, so that the next backward pass hands over its own memory, which with
/// <see cref="Trainer"/> may be that of the step before.
/// </remarks>
public sealed class FusedAdam : torch.optim.Optimizer, torch.optim.ILearningRateController, torch.optim.IBetas
{
    private readonly AdamSlots _slots;

    /// <summary>An optimiser of parameters that are already on their device. The hyper-parameters' defaults are the paper's.</summary>
    /// <param name="parameters">The parameters, each once.</param>
    /// <param name="learningRate">α, at least 0.</param>
    /// <param name="beta1">Decay of the gradient's running mean, in [0, 1).</param>
    /// <param name="beta2">Decay of the squared gradient's running mean, in [0, 1).</param>
    /// <param name="epsilon">ε, added to the denominator, at least 0.</param>
    /// <param name="weightDecay">λ: λp is added to the gradient (L2 penalty), at least 0.</param>
    /// <exception cref="ArgumentException">There are no parameters, or one comes twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A hyper-parameter is out of its range.</exception>
    public FusedAdam(
        IEnumerable<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
        double epsilon = 1e-8, double weightDecay = 0)
        : base(IntPtr.Zero)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        RequireAtLeastZero(learningRate, nameof(learningRate));
        RequireAtLeastZero(epsilon, nameof(epsilon));
        RequireAtLeastZero(weightDecay, nameof(weightDecay));
        Betas = (beta1, beta2);
        LearningRate = InitialLearningRate = learningRate;
        (Epsilon, WeightDecay) = (epsilon, weightDecay);
        _slots = FastPaths.Adam(RequireDistinct([.. parameters]));
    }

    /// <summary>α of the next step. Schedulers set it.</summary>
    public double LearningRate { get; set; }

    /// <summary>α before any schedule.</summary>
    public double InitialLearningRate { get; set; }

    /// <summary>β1 and β2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside [0, 1).</exception>
    public (double, double) Betas
    {
        get;
        set => field = (RequireBeta(value.Item1, "beta1"), RequireBeta(value.Item2, "beta2"));
    }

    /// <summary>ε, added to the denominator.</summary>
    public double Epsilon { get; }

    /// <summary>λ, the weight of the L2 penalty.</summary>
    public double WeightDecay { get; }

    /// <summary>The hyper-parameters, with the present learning rate.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{nameof(FusedAdam)}: learning rate {LearningRate}, β {Betas.Item1} and {Betas.Item2}, ε {Epsilon}, weight decay {WeightDecay}");

    /// <summary>The one group: this optimiser itself.</summary>
    public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => [this];

    /// <summary>The parameters, in the order given.</summary>
    public override IEnumerable<Parameter> parameters() => _slots.Each.Select(slot => slot.Parameter);

    /// <summary>Drops the gradients of all parameters.</summary>
    public override void zero_grad()
    {
        foreach (var slot in _slots.Each)
            Gradients.Drop(slot.Parameter);
    }

    /// <summary>Updates every parameter that has a gradient.</summary>
    /// <param name="closure">Computes the loss anew first, if given.</param>
    /// <returns>The closure's loss, or null without one.</returns>
    public override torch.Tensor step(Func<torch.Tensor>? closure = null)
    {
        var loss = Evaluate(closure);
        _slots.Update(LearningRate, Betas, Epsilon, WeightDecay);
        return loss!;
    }

    /// <summary>
    /// The state that a resumed run needs, by name: <c>mean.i</c> and <c>variance.i</c> of parameter i, <c>steps</c> of all, and
    /// <c>learning_rates</c> (present and initial). The tensors are copies and belong to the caller's dispose scope.
    /// </summary>
    public Dictionary<string, torch.Tensor> SaveState()
    {
        var state = new Dictionary<string, torch.Tensor>
        {
            ["steps"] = torch.tensor(_slots.Each.Select(slot => slot.Steps).ToArray(), torch.int64, torch.CPU),
            ["learning_rates"] = torch.tensor([LearningRate, InitialLearningRate], torch.float64, torch.CPU),
        };
        for (var i = 0; i < _slots.Each.Length; i++)
        {
            state[Name("mean", i)] = _slots.Each[i].Mean.clone();
            state[Name("variance", i)] = _slots.Each[i].Variance.clone();
        }
        return state;
    }

    /// <summary>Restores what <see cref="SaveState"/> gave, for the same parameters in the same order.</summary>
    /// <param name="state">The saved tensors; they are not disposed.</param>
    /// <exception cref="ArgumentException">Tensors are missing, left over or of another shape; the message lists all of them.</exception>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        RequireFit(state);
        var steps = state["steps"].cpu().data<long>().ToArray();
        var rates = state["learning_rates"].cpu().data<double>().ToArray();
        (LearningRate, InitialLearningRate) = (rates[0], rates[1]);
        for (var i = 0; i < _slots.Each.Length; i++)
        {
            _slots.Each[i].Steps = steps[i];
            _slots.Each[i].Mean.copy_(state[Name("mean", i)]);
            _slots.Each[i].Variance.copy_(state[Name("variance", i)]);
        }
    }

    /// <summary>Disposes the running moments. The parameters belong to the model.</summary>
    /// <param name="disposing">True when called from <c>Dispose</c>.</param>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _slots.Dispose();
    }

    private void RequireFit(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        var expected = SaveState();
        var misfits = expected.Where(own => !(state.TryGetValue(own.Key, out var other) && own.Value.shape.SequenceEqual(other.shape)))
            .Select(own => $"{own.Key} {Shape.Text(own.Value)} is missing or of another shape")
            .Concat(state.Keys.Except(expected.Keys).Select(name => $"{name} is unexpected"));
        if (string.Join(", ", misfits) is { Length: > 0 } faults)
            throw new ArgumentException($"The state is of an optimiser of other parameters: {faults}.", nameof(state));
    }

    private static string Name(string part, int index) => FormattableString.Invariant($"{part}.{index}");

    private static torch.Tensor? Evaluate(Func<torch.Tensor>? closure)
    {
        if (closure is null)
            return null;
        using var grad = torch.enable_grad();
        return closure();
    }

    private static Parameter[] RequireDistinct(Parameter[] parameters)
    {
        if (parameters.Length == 0)
            throw new ArgumentException("There are no parameters to optimise.", nameof(parameters));
        if (parameters.Distinct(ReferenceEqualityComparer.Instance).Count() < parameters.Length)
            throw new ArgumentException("A parameter comes twice.", nameof(parameters));
        return parameters;
    }

    private static double RequireBeta(double value, string name) =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, "A decay rate must be in [0, 1).");

    private static void RequireAtLeastZero(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, "The value must be finite and at least 0.");
    }
}
