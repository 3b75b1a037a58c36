using TorchSharp;
using VaeToolkit.Boosting;

namespace VaeToolkit.Samples;

/// <summary>A way to learn task after task: a prior and strategies.</summary>
/// <param name="Name">Its name in results.</param>
/// <param name="Text">What it is.</param>
/// <param name="Prior">Makes the prior, from the encoder.</param>
/// <param name="Strategies">Makes the strategies.</param>
internal sealed record Method(
    string Name, string Text, Func<Budget, TaskSequence, Encoder, Prior> Prior, Func<Budget, ContinualStrategy[]> Strategies)
{
    private const int Latent = 40;
    private static readonly long[] s_hidden = [300, 300];

    public static IReadOnlyList<Method> All { get; } =
    [
        new("standard", "standard normal prior, fine-tuned", Normal, _ => []),
        new("ewc", "and elastic weight consolidation", Normal, budget => [Consolidation(budget)]),
        new("ewc_online", "and its online form", Normal,
            budget => [new ElasticWeightConsolidation(new() { Strength = budget.Consolidation, Rule = ConsolidationRule.Online })]),
        new("mog", "mixture of Gaussians that expands, with generator regularisation", Mixture,
            _ => [new ExpandingMixture(), new GeneratorRegularisation()]),
        new("mog_fixed", "mixture of Gaussians that does not expand, fine-tuned", (budget, _, _) => new MixtureOfGaussiansPrior(
            Latent, budget.Components, new() { InitialSpread = 0.5, InitialLogVariance = -2, LearnWeights = false }), _ => []),
        new("vamp", "VampPrior with as many pseudo-inputs as all tasks together, fine-tuned", Vamp, _ => []),
        new("boosted", "BooVAE with generator regularisation", Boosted, budget => Grown(budget, budget.Training)),
        new("boosted_fast", "the same with few component steps of many samples, and larger batches", Fast,
            budget => Grown(budget, budget.FastTraining)),
        new("boosted_free", "BooVAE without generator regularisation", Boosted,
            budget => [new PriorBoosting(budget.Growth(budget.Training))]),
        new("boosted_ewc", "boosted and elastic weight consolidation", Boosted,
            budget => [.. Grown(budget, budget.Training), Consolidation(budget)]),
        new("coreset", "standard, with 100 images of each earlier task", Normal, _ => [new Coreset(100)]),
        new("self_replay", "standard, with 1000 generated images for each earlier task", Normal, _ => [new SelfReplay(1000)]),
        new("multi_head", "standard, with an encoder and a first decoder layer for each task", Normal, _ => [new MultiHead()]),
    ];

    /// <summary>How every task is trained.</summary>
    public ContinualOptions Training(Budget budget) => Name == "boosted_fast" ? budget.FastTraining : budget.Training;

    /// <summary>784-300-300-40 and back with Xavier's weights.</summary>
    public Vae Model(Budget budget, TaskSequence tasks)
    {
        var shape = tasks.Tasks[0].Train.ItemShape;
        var size = shape.Aggregate(1L, (product, side) => product * side);
        MlpEncoder MakeEncoder() => new(size, Latent, s_hidden);
        var shared = new MlpDecoder(Latent, s_hidden, new BoundedBernoulli(shape));
        var heads = Name == "multi_head";
        Encoder encoder = heads ? new MultiHeadEncoder([.. tasks.Tasks.Select(_ => MakeEncoder())]) : MakeEncoder();
        Decoder decoder = heads ? new MultiHeadDecoder(Latent, shared, tasks.Tasks.Count) : shared;
        foreach (var weight in encoder.parameters().Concat(decoder.parameters()).Where(parameter => parameter.Dimensions == 2))
            torch.nn.init.xavier_uniform_(weight);
        return new Vae(encoder, decoder, Prior(budget, tasks, encoder));
    }

    private static StandardNormalPrior Normal(Budget budget, TaskSequence tasks, Encoder encoder) => new(Latent);

    private static ExpandingMixturePrior Mixture(Budget budget, TaskSequence tasks, Encoder encoder) => new(Latent, budget.Components);

    private static BoostedPrior Boosted(Budget budget, TaskSequence tasks, Encoder encoder)
        => new(encoder, tasks.Tasks[0].Train.ItemShape, budget.Step);

    private static BoostedPrior Fast(Budget budget, TaskSequence tasks, Encoder encoder)
        => new(encoder, tasks.Tasks[0].Train.ItemShape, budget.Fast);

    private static VampPrior Vamp(Budget budget, TaskSequence tasks, Encoder encoder)
    {
        using var scope = torch.NewDisposeScope();
        var data = tasks.Tasks[0].Train;
        var first = data.InOrder(budget.Components * tasks.Tasks.Count).Select(batch => batch.Items.clone()).First();
        return new(encoder, data.ItemShape, first.shape[0], new() { InitialInputs = first });
    }

    private static ElasticWeightConsolidation Consolidation(Budget budget) => new(new() { Strength = budget.Consolidation });

    private static ContinualStrategy[] Grown(Budget budget, ContinualOptions training)
        => [new PriorBoosting(budget.Growth(training)), new GeneratorRegularisation()];
}
