using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.Tests.Training;

/// <summary>
/// y = Wx + b with dropout, so that draws matter, and a buffer that counts passes in training mode, as batch normalisation does.
/// </summary>
internal sealed class TinyModel : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    /// <summary>W and b.</summary>
    public const int ParameterCount = 2;

    private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _linear;
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _dropout;

    public TinyModel(long size = 6, double dropout = 0.3)
        : base(nameof(TinyModel))
    {
        _linear = torch.nn.Linear(size, size);
        _dropout = torch.nn.Dropout(dropout);
        register_module("linear", _linear);
        register_module("dropout", _dropout);
        this.RegisterBuffer("passes", torch.zeros([1]));
    }

    public static TinyModel Seeded(long seed = 1, double dropout = 0.3)
    {
        using var scope = VaeToolkit.Training.SeedScope.Begin(seed);
        return new TinyModel(dropout: dropout);
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        if (training)
        {
            using var noGrad = torch.no_grad();
            get_buffer("passes")!.add_(1);
        }
        return _dropout.call(_linear.call(input));
    }

    /// <summary>All values of all parameters and buffers.</summary>
    public double[] Values()
    {
        using var scope = torch.NewDisposeScope();
        return [.. state_dict().Values.SelectMany(t => t.detach().to(torch.float64).reshape(-1).data<double>().ToArray())];
    }
}

/// <summary>The squared error of reconstructing the items, plus noise that depends on nothing, so that draws show in the loss.</summary>
internal sealed class TinyObjective : Objective<TinyModel>
{
    /// <summary>From this step on the loss is NaN.</summary>
    public long NonFiniteFrom { get; init; } = long.MaxValue;

    /// <summary>Whether the term or the loss itself becomes NaN.</summary>
    public bool TermIsBad { get; init; } = true;

    /// <summary>Called at the start of every computation.</summary>
    public Action? Computing { get; init; }

    public override ObjectiveResult Compute(TinyModel model, Batch batch)
    {
        Computing?.Invoke();
        var error = (model.call(batch.Items) - batch.Items).square().sum(-1).mean();
        var noise = torch.randn([1]).abs().sum();
        var loss = error + (noise * 0.01);
        if (StepsTaken < NonFiniteFrom)
            return new ObjectiveResult(
                loss, new ObjectiveTerm("error", error), new ObjectiveTerm("noise", noise), new ObjectiveTerm("weight", 0.01));
        var bad = loss * double.NaN;
        return new ObjectiveResult(
            bad, new ObjectiveTerm("error", TermIsBad ? bad : error), new ObjectiveTerm("noise", noise), new ObjectiveTerm("weight", 0.01));
    }
}

/// <summary>A loss of 0 whose gradient is not a number.</summary>
internal sealed class RootAtZero : Objective<TinyModel>
{
    public override ObjectiveResult Compute(TinyModel model, Batch batch) => new((model.call(batch.Items) * 0).sqrt().sum());
}

/// <summary>Data for the tiny model.</summary>
internal static class TinyData
{
    public static TensorData Make(int count, int seed, int size = 6)
    {
        using var scope = torch.NewDisposeScope();
        var random = new Random(seed);
        var values = Enumerable.Range(0, count * size).Select(_ => (float)random.NextDouble()).ToArray();
        return new TensorData(torch.tensor(values, [count, size]));
    }
}
