using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Whether a model generates all the classes that it has seen: KL(u ‖ p̂) in nats, u uniform over the K classes seen,
/// p̂_k = (N_k + a)/(N + a C) the share of generated images that a classifier puts into class k. Images put into unseen classes count in
/// N.
/// </summary>
/// <param name="Counts">N_k for all C classes.</param>
/// <param name="Categorical">Σ_k (1/K) log((1/K)/p̂_k) over the classes seen.</param>
/// <param name="BernoulliSum">Σ_k [(1/K) log((1/K)/p̂_k) + (1 − 1/K) log((1 − 1/K)/(1 − p̂_k))], the slides' form:
/// one divergence for each class against the rest.</param>
public sealed record GeneratedDiversity(IReadOnlyList<long> Counts, double Categorical, double BernoulliSum)
{
    private const int Chunk = 500;

    /// <summary>Generates images, classifies them and compares.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classifier">From images <c>[N, *item]</c> to logits of all C classes, <c>[N, C]</c>, in evaluation mode.</param>
    /// <param name="seen">The classes seen, at least one.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="ArgumentException">No class was seen, one twice, or one does not exist; or the classifier gives another
    /// shape.</exception>
    /// <exception cref="InvalidOperationException">libtorch refused what the classifier does.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN.</exception>
    public static GeneratedDiversity Of(
        Vae model, Func<torch.Tensor, torch.Tensor> classifier, IReadOnlyList<long> seen, DiversityOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(seen);
        options = (options ?? new()).Validated();
        using var seed = SeedScope.Begin(options.Seed);
        using var noGradient = torch.no_grad();
        long[] counts = [];
        for (var done = 0; done < options.Images; done += Chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var images = model.Sample(Math.Min(Chunk, options.Images - done));
            var logits = Logits(classifier, images, counts.Length);
            if (counts.Length == 0)
                counts = new long[logits.shape[1]];
            foreach (var label in logits.argmax(1).cpu().data<long>().ToArray())
                counts[label]++;
        }
        return OfCounts(counts, seen, options.Smoothing);
    }

    /// <summary>The same from counts.</summary>
    /// <param name="counts">N_k for all C classes.</param>
    /// <param name="seen">The classes seen, at least one.</param>
    /// <param name="smoothing">a.</param>
    /// <exception cref="ArgumentException">No class was seen, one twice, or one does not exist.</exception>
    public static GeneratedDiversity OfCounts(IReadOnlyList<long> counts, IReadOnlyList<long> seen, double smoothing = 0.5)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(seen);
        if (seen.Count == 0 || seen.Any(label => label < 0 || label >= counts.Count) || seen.Distinct().Count() < seen.Count)
            throw new ArgumentException(
                $"the classes seen are [{string.Join(", ", seen)}]; there must be some, each once, from 0 to {counts.Count - 1}",
                nameof(seen));
        var (u, all) = (1.0 / seen.Count, counts.Sum() + smoothing * counts.Count);
        double[] shares = [.. seen.Select(label => (counts[(int)label] + smoothing) / all)];
        var rest = shares.Sum(share => (1 - u) * Ratio(1 - u, 1 - share));
        var categorical = shares.Sum(share => u * Ratio(u, share));
        return new([.. counts], categorical, categorical + rest);
    }

    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"diversity {Categorical:F4} nats ({BernoulliSum:F4} class against rest); counts {string.Join(", ", Counts)}");

    private static torch.Tensor Logits(Func<torch.Tensor, torch.Tensor> classifier, torch.Tensor images, int classes)
    {
        var logits = EngineError.In(images, () => "the classifier", () => classifier(images));
        if (logits is not { Dimensions: 2 } || logits.shape[0] != images.shape[0] || logits.shape[1] < 1
            || (classes > 0 && logits.shape[1] != classes))
            throw new ArgumentException($"the classifier gives {(logits is null ? "null" : Shape.Text(logits))} for images "
                + $"{Shape.Text(images)}; it must give logits [{images.shape[0]}, {(classes > 0 ? $"{classes}" : "C")}]",
                nameof(classifier));
        return Shape.RequireAnswers(logits, "the generated images");
    }

    // 0 log 0 is 0: with one class seen there is no rest.
    private static double Ratio(double wanted, double found) => wanted == 0 ? 0 : Math.Log(wanted / found);
}
