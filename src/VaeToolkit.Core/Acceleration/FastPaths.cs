using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>
/// The door to what is faster than torch's operators for the same result: other folders call it and nothing behind it. What it makes for
/// them to keep, they name only where they keep it. Densities are null where their way does not apply; then the caller's operators do it.
/// </summary>
internal static class FastPaths
{
    /// <summary>
    /// The name of a switch of <see cref="AppContext"/> that, when on, leaves likelihoods to torch's operators, and in WeightPriors, which
    /// has the name too, the convolution of one channel.
    /// </summary>
    internal const string PlainOperators = "VaeToolkit.PlainOperators";

    /// <summary>The same of a switch that leaves fully connected layers to torch's products while they are trained.</summary>
    internal const string PlainProducts = "VaeToolkit.PlainProducts";

    private static bool AreOn => !IsOn(PlainOperators);

    /// <summary>What a process sets once, on Linux, before the native library is loaded: threads sleep, and memory is kept.</summary>
    internal static void PrepareProcess()
    {
        IdleThreads.Sleep();
        KeptMemory.Keep();
    }

    /// <inheritdoc cref="KeptMemory.GiveBack"/>
    internal static void GiveBackFreedMemory() => KeptMemory.GiveBack();

    /// <summary>Σ x l − log(1 + eˡ) of every row of logits, float64.</summary>
    /// <param name="logits"><c>[N, D]</c> or <c>[K, N, D]</c>.</param>
    /// <param name="x"><c>[N, D]</c>.</param>
    internal static torch.Tensor? BernoulliLogProb(torch.Tensor logits, torch.Tensor x)
        => AreOn && FusedRows<BernoulliRow>.Fit(logits, x) ? FusedRows<BernoulliRow>.LogDensity(logits, x) : null;

    /// <summary>The mean of the same over all rows, one float64 number.</summary>
    internal static torch.Tensor? MeanBernoulliLogProb(torch.Tensor logits, torch.Tensor x)
        => AreOn && FusedRows<BernoulliRow>.Fit(logits, x) ? FusedRows<BernoulliRow>.MeanLogDensity(logits, x) : null;

    /// <summary>The same of logits that fully connected layers make, without gradients.</summary>
    /// <param name="trunk">As <see cref="Networks.Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    /// <param name="rows">What the layers take, <c>[K N, Z]</c>; row r belongs to item r mod N.</param>
    /// <param name="x"><c>[N, D]</c>.</param>
    /// <param name="panels">The layers' panels, or where they are kept.</param>
    /// <returns><c>[K N]</c>, float32.</returns>
    internal static torch.Tensor? BernoulliLogProb(Sequential trunk, Linear head, torch.Tensor rows, torch.Tensor x, KeptPanels panels)
        => AreOn && DenseLayers.IsPlain(x) && DenseLayers.StepsOf(trunk, head, rows) is { } steps
            ? DenseLogDensity<BernoulliRow>.Of(steps, rows, x, panels) : null;

    /// <summary>What fully connected layers give while a step of <see cref="DenseTraining"/> is computed on this thread.</summary>
    /// <param name="trunk">As <see cref="Networks.Layers.Dense"/> makes it.</param>
    /// <param name="head">A last layer without activation.</param>
    /// <param name="rows"><c>[N, D]</c>.</param>
    internal static torch.Tensor? DensePass(Sequential trunk, Linear head, torch.Tensor rows) => DenseTape.Pass(trunk, head, rows);

    /// <inheritdoc cref="BFloat16Layers.Pass"/>
    internal static torch.Tensor PassInBFloat16(Sequential trunk, Linear head, torch.Tensor rows) => BFloat16Layers.Pass(trunk, head, rows);

    /// <inheritdoc cref="DenseTape.Use"/>
    internal static DenseTape.Recording Use(DenseTape? tape) => DenseTape.Use(tape);

    /// <summary>Backpropagates a loss, by torch's graph and, with a tape, through what that has.</summary>
    internal static void Backpropagate(DenseTape? tape, torch.Tensor loss) => DenseTape.Backpropagate(tape, [loss]);

    /// <summary>What trains fully connected layers by our own products, or null where torch's operators do.</summary>
    /// <param name="model">The model.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="members">Threads side by side.</param>
    internal static DenseTraining? OwnProducts<TModel>(TModel model, Objective<TModel> objective, int members = 1)
        where TModel : torch.nn.Module
        => !IsOn(PlainProducts) && DenseTraining.IsFaster && DenseTraining.Suits(model, objective) ? new(members) : null;

    /// <summary>Σ (x − μ)² of every row, float64.</summary>
    /// <param name="mean"><c>[N, D]</c> or <c>[K, N, D]</c>.</param>
    /// <param name="x"><c>[N, D]</c>.</param>
    internal static torch.Tensor? SquaredError(torch.Tensor mean, torch.Tensor x)
        => AreOn && FusedRows<SquaredErrorRow>.Fit(mean, x) ? FusedRows<SquaredErrorRow>.LogDensity(mean, x) * -2 : null;

    /// <summary>A place for the panels of one decoder's layers, empty at first.</summary>
    internal static KeptPanels Panels() => new();

    /// <summary>Threads for jobs side by side.</summary>
    /// <param name="size">How many, the caller's included, at least 1.</param>
    internal static ThreadTeam Team(int size) => new(size);

    /// <summary>Adam's moments of parameters, each once, and their updates.</summary>
    internal static AdamSlots Adam(IEnumerable<Parameter> parameters) => new(parameters);

    /// <summary>What computes batches in halves side by side, or null where they stay whole.</summary>
    /// <param name="model">The model.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="isWanted">What the user says; null for where halves give the same and pay.</param>
    /// <param name="batchSize">Items of a batch.</param>
    /// <param name="ranks">Ranks that divide it, each with as many threads as torch has.</param>
    internal static BatchHalves<TModel>? Halves<TModel>(
        TModel model, Objective<TModel> objective, bool? isWanted, int batchSize, int ranks)
        where TModel : torch.nn.Module
        => isWanted ?? BatchHalves<TModel>.Suit(model, objective, batchSize, ranks) ? new(model, objective) : null;

    /// <inheritdoc cref="BatchHalves{TModel}.Require"/>
    internal static void RequireHalves<TModel>(TModel model, Objective<TModel> objective)
        where TModel : torch.nn.Module
        => BatchHalves<TModel>.Require(model, objective);

    private static bool IsOn(string name) => AppContext.TryGetSwitch(name, out var value) && value;
}
