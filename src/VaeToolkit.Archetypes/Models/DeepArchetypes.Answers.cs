using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>What a trained model answers, in evaluation mode and without gradients; tensors are of the caller's dispose scope.</summary>
public sealed partial class DeepArchetypes
{
    private const double SumTolerance = 1e-4;

    /// <summary>A, the weights of the archetypes in each item: numbers of at least 0 with sum 1.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <returns><c>[N, k]</c>.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>.</exception>
    public torch.Tensor Weights(torch.Tensor x)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        Shape.RequireFinite(x, nameof(x));
        return Answer(() => Shape.RequireAnswers(Encoder.Read(x).Weights, nameof(x)));
    }

    /// <summary>The archetypes, E[x|t] at the vertices: <c>[k, *item]</c>.</summary>
    public torch.Tensor Archetypes() => Answer(() => Vae.DecodeOfChecked(Vertices).Mean);

    /// <summary>Items of given mixtures of archetypes, E[x | t = a Z].</summary>
    /// <param name="weights">a, <c>[N, k]</c>: numbers of at least 0 with sum 1.</param>
    /// <returns><c>[N, *item]</c>.</returns>
    /// <exception cref="ArgumentException">The shape is another one, or a row is no mixture.</exception>
    public torch.Tensor Mixtures(torch.Tensor weights)
    {
        RequireMixtures(weights);
        return Answer(() => Vae.DecodeOfChecked(weights.to(Vertices.dtype, Vertices.device).mm(Vertices)).Mean);
    }

    /// <summary>The way from one archetype to another along their edge, both ends included.</summary>
    /// <param name="from">The archetype at its start, from 0 to k − 1.</param>
    /// <param name="to">The archetype at its end, from 0 to k − 1.</param>
    /// <param name="steps">Items, at least 2.</param>
    /// <returns><c>[steps, *item]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such archetype, or there are fewer than two steps.</exception>
    public torch.Tensor Interpolate(int from, int to, int steps)
    {
        RequireArchetype(from, nameof(from));
        RequireArchetype(to, nameof(to));
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        return Answer(() =>
        {
            var share = torch.linspace(0, 1, steps, dtype: Vertices.dtype, device: Vertices.device).unsqueeze(-1);
            return Vae.DecodeOfChecked((Vertices[from] * (1 - share)) + (Vertices[to] * share)).Mean;
        });
    }

    /// <summary>New items with t = a Z and a ~ Dir(α, …, α): mixtures of archetypes, without the noise around the
    /// simplex.</summary>
    /// <param name="count">N, at least 1.</param>
    /// <param name="concentration">α, above 0; default 0.7 (Keller et al.), which favours vertices and edges a little.</param>
    /// <param name="seed">The same seed gives the same items, and the caller's random numbers are left as they were; null takes them from
    /// TorchSharp's default generator.</param>
    /// <param name="draws">Whether the items are drawn from p(x|t); default false, their means E[x | t].</param>
    /// <returns><c>[N, *item]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public torch.Tensor Sample(long count, double concentration = 0.7, long? seed = null, bool draws = false)
    {
        using var noise = seed is { } given ? NoiseSource.Begin(this, given) : null;
        return Answer(() =>
        {
            var likelihood = Vae.DecodeOfChecked(DirichletWeights.Draw(count, ArchetypeCount, concentration, Vertices).mm(Vertices));
            return draws ? likelihood.Sample() : likelihood.Mean;
        });
    }

    /// <summary>ŷ, the side information as it is read from the posterior mean, E[y | t = μ(x)].</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <returns><c>[N, *side]</c>.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>.</exception>
    /// <exception cref="InvalidOperationException">The model has no side information.</exception>
    public torch.Tensor PredictSide(torch.Tensor x)
    {
        RequireSide();
        return Answer(() => Shape.RequireAnswers(SideOfChecked(Encode(x).Mean).Mean, nameof(x)));
    }

    // A likelihood may hand out a tensor that it holds; the caller gets one of its own.
    private torch.Tensor Answer(Func<torch.Tensor> compute)
    {
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        return compute().alias().MoveToOuterDisposeScope();
    }

    private void RequireArchetype(int archetype, string name)
    {
        if (archetype < 0 || archetype >= ArchetypeCount)
            throw new ArgumentOutOfRangeException(name, archetype, $"there are archetypes 0 to {ArchetypeCount - 1}");
    }

    private void RequireMixtures(torch.Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Dimensions != 2 || weights.shape[0] < 1 || weights.shape[1] != ArchetypeCount)
            throw new ArgumentException(
                $"weights has shape {Shape.Text(weights)}; it must be [N, {ArchetypeCount}] with at least one row", nameof(weights));
        Shape.RequireFinite(weights, nameof(weights));
        if (weights.device_type == DeviceType.META)
            return;
        using var scope = torch.NewDisposeScope();
        var sums = weights.sum(-1);
        if (weights.min().ToDouble() < 0 || (sums - 1).abs().max().ToDouble() > SumTolerance)
            throw new ArgumentException(FormattableString.Invariant(
                $"weights must be at least 0 and sum to 1 in every row; the least is {weights.min().ToDouble():G4}, the sums are ")
                + FormattableString.Invariant($"{sums.min().ToDouble():G6} to {sums.max().ToDouble():G6}"), nameof(weights));
    }
}
