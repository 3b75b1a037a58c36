using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Predictions under a mixture over a classifier's weights: p(y|x) = Σ_k w_k (1/S) Σ_s softmax(f(x; θ_ks)), θ_ks ~ h_k. The weights are
/// drawn once, so every image sees the same networks. It owns them.
/// </summary>
public sealed class NetworkPredictor : IDisposable
{
    private const int BatchSize = 1000;
    private readonly ClassifierNetwork _network;
    private readonly torch.Tensor _weights;
    private readonly double[] _shares;

    /// <summary>Draws S networks of every component.</summary>
    /// <param name="network">The classifier.</param>
    /// <param name="posterior">The mixture over its weights.</param>
    /// <param name="samples">S, at least 1; default 10.</param>
    /// <param name="seed">The draws' seed; the caller's random numbers are left as they were.</param>
    /// <exception cref="ArgumentException">The mixture has another number of dimensions than the network.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public NetworkPredictor(ClassifierNetwork network, NormalMixture posterior, int samples = 10, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(posterior);
        if (posterior.Components.Size != network.Size)
            throw new ArgumentException(
                $"the mixture has {posterior.Components.Size} dimensions, the network {network.Size} weights", nameof(posterior));
        using var random = SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        _network = network;
        _weights = posterior.Components.RSample(samples).reshape(-1, network.Size).DetachFromDisposeScope();
        _shares = [.. posterior.Weights.SelectMany(weight => Enumerable.Repeat(weight / samples, samples))];
    }

    /// <summary>
    /// What the classifier that it is of has learned its last task from, such as the images' shape and range; null if not known.
    /// </summary>
    public TrainingRecord? TrainedWith { get; init; }

    /// <summary>Predictions of a saved <see cref="IncrementalClassifier"/>, with the samples and the seed of its options.</summary>
    /// <param name="folder">The folder of <see cref="IncrementalClassifier.Save"/>.</param>
    /// <returns>The predictor, on the CPU; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">The folder holds something else, or is damaged.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static NetworkPredictor Load(string folder)
    {
        using var learned = ModelFolder.Load<LearnedClassifier>(folder);
        using var posterior = learned.Posterior();
        return new(learned.Network, posterior, learned.Options.PredictionSamples, learned.Options.Seed)
        {
            TrainedWith = TrainingRecord.Of(learned),
        };
    }

    /// <summary>p(y|x), without gradients.</summary>
    /// <param name="x">Images <c>[N, C, H, W]</c>, or flat ones.</param>
    /// <returns><c>[N, Y]</c>; every row sums to one.</returns>
    /// <exception cref="ArgumentException">There are no images, they have another shape, or a value is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">The answer for an image is NaN, since its values are too large; it is named.</exception>
    public torch.Tensor Probabilities(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape.RequireFinite(x, nameof(x));
        using var scope = torch.NewDisposeScope();
        return Shape.RequireAnswers(OfChecked(x), nameof(x)).MoveToOuterDisposeScope();
    }

    private torch.Tensor OfChecked(torch.Tensor x)
    {
        using var noGradient = torch.no_grad();
        var total = Share(x, 0);
        for (var i = 1; i < _shares.Length; i++)
        {
            using var inner = torch.NewDisposeScope();
            total.add_(Share(x, i));
        }
        return total;
    }

    /// <summary>The share of images whose most probable class is their label, in [0, 1].</summary>
    /// <param name="data">Labelled images.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are no labels, the images have another shape, or a value is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">The answer for an image is NaN, since its values are too large; it is named.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public double Accuracy(DataSource data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        var (correct, before) = (0.0, 0L);
        foreach (var batch in data.InOrder(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var labels = batch.Labels ?? throw new ArgumentException("the images have no labels to compare with", nameof(data));
            using var scope = torch.NewDisposeScope();
            Shape.RequireFinite(batch.Items, nameof(data), before);
            var answers = Shape.RequireAnswers(OfChecked(batch.Items), nameof(data), before);
            correct += answers.argmax(1).eq(labels).sum().ToDouble();
            before += batch.Size;
        }
        return correct / data.Count;
    }

    /// <summary>How many networks it holds.</summary>
    public override string ToString() => $"{nameof(NetworkPredictor)} of {_shares.Length} networks: {_network}";

    /// <summary>Releases the networks' weights.</summary>
    public void Dispose() => _weights.Dispose();

    private torch.Tensor Share(torch.Tensor x, int i) => _network.LogitsOfChecked(x, _weights.select(0, i)).softmax(1) * _shares[i];
}
