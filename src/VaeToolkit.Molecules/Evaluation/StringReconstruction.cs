using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.Molecules;

/// <summary>How well strings come back.</summary>
/// <param name="Characters">The share of characters that are right at their place, over the longer of the two strings.</param>
/// <param name="Strings">The share of strings that come back whole.</param>
/// <param name="Count">How many strings were looked at.</param>
public sealed record StringReconstruction(double Characters, double Strings, int Count)
{
    /// <summary>The shares in words.</summary>
    public override string ToString()
        => FormattableString.Invariant($"of {Count} strings {Strings:P1} come back whole, and {Characters:P1} of the characters");

    /// <summary>Compares strings with what was made of them.</summary>
    /// <param name="originals">The strings.</param>
    /// <param name="reconstructions">What came back, in the same order.</param>
    /// <exception cref="ArgumentException">There are none, or another number of them.</exception>
    public static StringReconstruction Compare(IReadOnlyList<string> originals, IReadOnlyList<string> reconstructions)
    {
        ArgumentNullException.ThrowIfNull(originals);
        ArgumentNullException.ThrowIfNull(reconstructions);
        if (originals.Count == 0 || originals.Count != reconstructions.Count)
            throw new ArgumentException(
                $"there are {originals.Count} strings and {reconstructions.Count} reconstructions; there must be as many, at least one");
        var pairs = originals.Zip(reconstructions).ToArray();
        var right = pairs.Sum(pair => pair.First.Zip(pair.Second).Count(letters => letters.First == letters.Second));
        var all = pairs.Sum(pair => Math.Max(pair.First.Length, pair.Second.Length));
        return new((double)right / Math.Max(1, all), (double)pairs.Count(pair => pair.First == pair.Second) / pairs.Length, pairs.Length);
    }

    /// <summary>What comes back by greedy decoding of the posteriors' means.</summary>
    /// <param name="model">The model.</param>
    /// <param name="smiles">The strings.</param>
    /// <exception cref="ArgumentException">A string does not fit the model.</exception>
    public static StringReconstruction Greedy(MoleculeVae model, IReadOnlyList<string> smiles)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = torch.NewDisposeScope();
        return Compare(smiles, model.Strings(model.Encode(smiles)));
    }

    /// <summary>What comes back of draws: z from q(z|x), and then a string from p(x|z).</summary>
    /// <param name="model">The model.</param>
    /// <param name="smiles">The strings.</param>
    /// <param name="draws">Draws of each string, at least 1.</param>
    /// <param name="seed">The same seed gives the same draws.</param>
    /// <param name="progress">Told how many draws are done.</param>
    /// <param name="cancellationToken">Stops between draws.</param>
    /// <returns>The shares over all draws of all strings.</returns>
    /// <exception cref="ArgumentException">A string does not fit the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no draws.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static StringReconstruction OfDraws(
        MoleculeVae model, IReadOnlyList<string> smiles, int draws, long seed, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        Shape.RequirePositive(draws, "the number of draws", nameof(draws));
        using var mode = EvaluationMode.Enter(model);
        using var noise = NoiseSource.Begin(model, seed);
        using var scope = torch.NewDisposeScope();
        var posterior = model.Vae.Encode(model.Alphabet.Rows(smiles, model.Length).ToWeightsOf(model));
        var scores = new List<StringReconstruction>();
        for (var draw = 0; draw < draws; draw++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = torch.NewDisposeScope();
            var drawn = model.DecodeOfChecked(posterior.RSample().squeeze(0)).Draw();
            scores.Add(Compare(smiles, model.Alphabet.Texts(drawn.Rows)));
            progress?.Report(draw + 1);
        }
        return new(scores.Average(score => score.Characters), scores.Average(score => score.Strings), smiles.Count * draws);
    }
}
