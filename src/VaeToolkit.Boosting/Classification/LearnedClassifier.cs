using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Boosting;

/// <summary>
/// What an <see cref="IncrementalClassifier"/> has learned, as a module that a <see cref="ModelFolder"/> holds: the posterior is in its
/// buffers. It answers images with p(y|x).
/// </summary>
internal sealed class LearnedClassifier : Module<torch.Tensor, torch.Tensor>, IDescribedPart
{
    internal const string PartName = "incremental-classifier";

    private readonly int _components;

    internal LearnedClassifier(
        ClassifierNetwork network, IncrementalMethod method, IncrementalOptions options, IReadOnlyList<IReadOnlyList<long>> tasks,
        int components)
        : base(nameof(LearnedClassifier))
    {
        Shape.RequirePositive(components, "the number of components", nameof(components));
        (Network, Method, Options, Tasks, _components) = (network, method, options, tasks, components);
        using var scope = torch.NewDisposeScope();
        this.RegisterBuffer("means", torch.zeros([components, network.Size]));
        this.RegisterBuffer("log_variances", torch.zeros([components, network.Size]));
        this.RegisterBuffer("weights", torch.full([components], 1.0 / components, torch.float64));
    }

    internal ClassifierNetwork Network { get; }

    internal IncrementalMethod Method { get; }

    internal IncrementalOptions Options { get; }

    internal IReadOnlyList<IReadOnlyList<long>> Tasks { get; }

    /// <summary>p(y|x), <c>[N, Y]</c>, of the networks that the options' seed draws.</summary>
    public override torch.Tensor forward(torch.Tensor input)
    {
        using var posterior = Posterior();
        using var predictor = new NetworkPredictor(Network, posterior, Options.PredictionSamples, Options.Seed);
        return predictor.Probabilities(input);
    }

    /// <summary>The method and the network.</summary>
    public override string ToString() => $"{nameof(LearnedClassifier)} by {Method}, {_components} components of {Network}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("network", Network.Describe()).With("method", Method)
        .With("options", Options.Describe()).With("tasks", Tasks.Select(Task).ToArray()).With("components", _components)
        .AsUsage("method", "options", "tasks");

    internal static LearnedClassifier From(PartOptions options)
    {
        var (network, components) = (options.Group("network", ClassifierNetwork.From), options.Count("components"));
        options.RequireWeights(network.Size, components);
        return new(
            network, options.Choice<IncrementalMethod>("method"), options.Group("options", IncrementalOptions.From),
            options.Groups("tasks", task => task.WholeNumbers("classes")), components);
    }

    /// <summary>Takes over a posterior of diagonal components.</summary>
    internal void Keep(NormalMixture posterior)
    {
        using var scope = torch.NewDisposeScope();
        var components = (DiagonalComponents)posterior.Components;
        get_buffer("means")!.copy_(components.Means);
        get_buffer("log_variances")!.copy_(components.LogVariances);
        get_buffer("weights")!.copy_(torch.tensor(posterior.Weights.ToArray(), torch.float64, torch.CPU));
    }

    /// <summary>The posterior; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">The weights do not sum to one.</exception>
    internal NormalMixture Posterior()
    {
        using var scope = torch.NewDisposeScope();
        using var weights = get_buffer("weights")!.to(torch.float64).cpu().data<double>();
        return new(new DiagonalComponents(get_buffer("means")!, get_buffer("log_variances")!), weights.ToArray());
    }

    protected override void RegisterComponents()
    {
    }

    private static PartDescription Task(IReadOnlyList<long> classes) => new PartDescription("task").With("classes", classes);
}
