using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>
/// A trained autoencoder for programs that use it: it never changes, and any number of threads may ask it at once. It is in evaluation
/// mode for good and computes no gradients; what it draws comes from a generator of the call's own. So the same call, with the same seed,
/// gives the same answer to the last bit, whatever other threads do, training the original included. No call waits for another, but for
/// a first likelihood, which puts weights in order for all. An
/// operator uses as many threads as torch had where the model was frozen.
/// </summary>
/// <remarks>
/// Tensors that it returns belong to the calling thread's dispose scope, as everywhere. Disposing it while calls are running is safe: it
/// goes when the last of them has ended, and later calls are refused. A part of your own draws from <see cref="NoiseSource"/>, keeps
/// nothing between calls, and does not change its inputs.
/// </remarks>
public sealed class FrozenVae : IDisposable
{
    private readonly Vae _model;
    private readonly ModelHold _hold;
    private readonly torch.Device _device;
    private readonly int _threads = torch.get_num_threads();
    private readonly KeptPanels _panels = FastPaths.Panels();

    private FrozenVae(Vae model)
    {
        (_model, _hold, _device) = (model, new(model), NoiseSource.DeviceOf(model));
        model.eval();
        foreach (var parameter in model.parameters())
            parameter.requires_grad_(false);
    }

    /// <summary>
    /// Takes a copy of a model, which may then be trained on, in another thread too: <see cref="Vae.Freeze"/>.
    /// </summary>
    internal static FrozenVae Of(Vae model)
    {
        // No thread trains it meanwhile, or it would be half of one step and half of another.
        using var reading = EvaluationMode.Enter(model);
        var copy = model.Copy();
        try
        {
            return Own(copy);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes a model over as it is, without a copy: for a program that loads one and never trains it. It is disposed with this object,
    /// and nobody else may use it any more.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">
    /// The model is in use on another thread; or its prior, given a seed twice, does not draw the same twice.
    /// </exception>
    public static FrozenVae Own(Vae model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var alone = ExclusiveUse.Begin(model, "is being frozen");
        var frozen = new FrozenVae(model);
        frozen.RequireSeededDraws();
        return frozen;
    }

    /// <summary>Number of latent features Z.</summary>
    public long LatentSize => _model.LatentSize;

    /// <summary>Shape of one item.</summary>
    public IReadOnlyList<long> ItemShape => _model.ItemShape;

    /// <summary>q(z|x) of a batch.</summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <returns>The posterior; its tensors are of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Vae.Encode"/>, and <see cref="ArithmeticException"/> too.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public Posterior Encode(torch.Tensor x)
        => Ask(seed: null, () => _model.Encode(AlignedTensor.Of(x)));

    /// <summary>p(x|z) of latent vectors.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <returns>The likelihood; its tensors are of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Vae.Decode"/>, and <see cref="ArithmeticException"/> too.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public Likelihood Decode(torch.Tensor z)
        => Ask(seed: null, () => _model.Decode(AlignedTensor.Of(z)));

    /// <summary>E[x | z = E_q[z|x]]: every item's reconstruction from its posterior mean.</summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <returns><c>[N, *item]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Vae.Encode"/>.</exception>
    /// <exception cref="ArithmeticException">A reconstruction is NaN; the message names the item.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public torch.Tensor Reconstruct(torch.Tensor x)
        => Ask(seed: null, () =>
        {
            using var scope = torch.NewDisposeScope();
            return Fresh(Shape.RequireAnswers(_model.DecodeOfChecked(_model.Encode(AlignedTensor.Of(x)).Mean).Mean, nameof(x)));
        });

    /// <summary>New items for z drawn from the prior: their means E[x|z], or draws from p(x|z).</summary>
    /// <param name="count">N, at least 1.</param>
    /// <param name="seed">The same seed gives the same items; null takes any.</param>
    /// <param name="draws">Whether items are drawn from p(x|z); by default they are its means.</param>
    /// <returns><c>[N, *item]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public torch.Tensor Sample(long count, long? seed = null, bool draws = false)
    {
        Shape.RequirePositive(count, "the number of items", nameof(count));
        return Ask(seed ?? Random.Shared.NextInt64(), () =>
        {
            using var scope = torch.NewDisposeScope();
            var likelihood = _model.DecodeOfChecked(_model.SampleLatents(count));
            return Fresh(draws ? likelihood.Sample() : likelihood.Mean);
        });
    }

    /// <summary>
    /// log p(x) of every item by importance sampling from its posterior (Burda et al. 2016, eq. 8), in nats: the logarithm of an unbiased
    /// estimate, so a lower bound in expectation that tightens as K grows.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <param name="options">Samples, batch and chunk sizes, and the seed; null for 500 samples and seed 0.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <returns>One number for every item. It depends on the seed and the item's place in the batch, which decide on its draws.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Vae.Encode"/>, or items are outside the likelihood's support.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public double[] LogLikelihood(torch.Tensor x, ImportanceOptions? options = null, CancellationToken cancellationToken = default)
    {
        RequireItems(x);
        return LogEvidence(x, 0, (options ?? new()).Validated(), cancellationToken);
    }

    /// <summary>How unusual every item is for the model, in nats; larger is more so.</summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <param name="measure">What is measured; by default −log p(x).</param>
    /// <param name="options">Batch size; and samples, chunk size and seed where the measure needs samples. Null for the defaults.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One number for every item.</returns>
    /// <exception cref="ArgumentException">As of <see cref="LogLikelihood"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1, or the measure is unknown.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public double[] AnomalyScore(
        torch.Tensor x, AnomalyMeasure measure = AnomalyMeasure.Likelihood, ImportanceOptions? options = null,
        CancellationToken cancellationToken = default)
        => Scores(x, 0, measure, (options ?? new()).Validated(), cancellationToken);

    /// <summary>
    /// What every value adds to an item's <see cref="AnomalyMeasure.Reconstruction"/> score: −log p(x_d | z = E_q[z|x]), in nats.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>, or flat.</param>
    /// <returns>The shape of <paramref name="x"/>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">As of <see cref="LogLikelihood"/>.</exception>
    /// <exception cref="NotSupportedException">The likelihood is no <see cref="FactorisedLikelihood"/>.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public torch.Tensor AnomalyContributions(torch.Tensor x)
    {
        RequireItems(x);
        return Ask(seed: null, () =>
        {
            using var scope = torch.NewDisposeScope();
            return AtPosteriorMean(AlignedTensor.Of(x), 0) is FactorisedLikelihood values
                ? (-values.LogProbByValue(x)).MoveToOuterDisposeScope()
                : throw new NotSupportedException("the model's likelihood is no product over values: they have no parts of their own");
        });
    }

    /// <summary>The model.</summary>
    public override string ToString() => $"frozen {_model}";

    /// <summary>Frees the model, once the calls that are running have ended. A second call does nothing.</summary>
    public void Dispose() => _hold.Dispose();

    /// <summary>The scores of items of which the first has a number, for messages.</summary>
    internal double[] Scores(
        torch.Tensor x, int firstItem, AnomalyMeasure measure, ImportanceOptions options, CancellationToken cancellationToken)
    {
        if (!Enum.IsDefined(measure))
            throw new ArgumentOutOfRangeException(nameof(measure), measure, "not one of Likelihood, Reconstruction, LatentKl");
        RequireItems(x);
        if (measure == AnomalyMeasure.Likelihood)
            return Array.ConvertAll(LogEvidence(x, firstItem, options, cancellationToken), value => -value);
        return InBatches(x, firstItem, options, (part, first) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var score = measure == AnomalyMeasure.LatentKl ? Divergence(part, options.Samples) : -ReconstructionTerm(part, first);
            return score.to(torch.float64).cpu().data<double>().ToArray();
        });
    }

    private double[] LogEvidence(torch.Tensor x, int firstItem, ImportanceOptions options, CancellationToken cancellationToken)
        => InBatches(x, firstItem, options, (part, first) =>
        {
            using var weights = ImportanceSampler.Weigh(_model, part, options, first, null, null, _panels, cancellationToken);
            return weights.LogMean(options.Samples);
        });

    private torch.Tensor Divergence(torch.Tensor x, int samples)
    {
        var posterior = _model.EncodeOfChecked(x);
        if (_model.Prior.AnalyticKlExplained(posterior) is { } exact)
            return exact;
        var (z, logPosterior) = posterior.RSampleAndLogProb(samples);
        return (logPosterior - _model.Prior.LogProbExplained(z)).mean([0L]);
    }

    private torch.Tensor ReconstructionTerm(torch.Tensor x, int firstItem) => AtPosteriorMean(x, firstItem).LogProbOfChecked(x);

    private Likelihood AtPosteriorMean(torch.Tensor x, int firstItem)
    {
        var likelihood = _model.DecodeOfChecked(_model.EncodeOfChecked(x).Mean);
        likelihood.RequireInSupport(x, firstItem, nameof(x));
        return likelihood;
    }

    private double[] InBatches(torch.Tensor x, int firstItem, ImportanceOptions options, Func<torch.Tensor, int, double[]> ask)
    {
        var answers = Ask(options.Seed, () =>
        {
            var (all, count) = (new List<double>(), (int)x.shape[0]);
            for (var first = 0; first < count; first += options.BatchSize)
            {
                using var scope = torch.NewDisposeScope();
                all.AddRange(ask(AlignedTensor.Of(x.narrow(0, first, Math.Min(options.BatchSize, count - first))), firstItem + first));
            }
            return all;
        });
        return answers.FindIndex(double.IsNaN) is var bad and >= 0
            ? throw new ArithmeticException(
                $"the answer for item {firstItem + bad} is NaN: its values are too large for the model, or the weights are not finite")
            : [.. answers];
    }

    private void RequireItems(torch.Tensor x)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        Shape.RequireFinite(x, nameof(x));
    }

    // A prior of the user's own may draw from torch's generator, which all threads share.
    private void RequireSeededDraws()
    {
        using var scope = torch.NewDisposeScope();
        var (first, second) = (DrawOne(), DrawOne());
        if (!first.equal(second).all().ToBoolean())
            throw new InvalidOperationException(
                $"{_model.Prior} does not draw the same from the same seed: give its draws a generator, "
                + "torch.randn(..., generator: NoiseSource.OfThisThread), so that threads do not disturb each other");
    }

    private torch.Tensor DrawOne() => Ask(seed: 0, () => _model.SampleLatents(1));

    private T Ask<T>(long? seed, Func<T> answer) => LostNumber.AskAgain(() =>
    {
        using var call = new Call(this, seed);
        return answer();
    });

    // A likelihood may hand out a tensor that it holds; the caller gets one of its own.
    private static torch.Tensor Fresh(torch.Tensor result) => result.alias().MoveToOuterDisposeScope();

    // What surrounds every call, with a generator of its own where it draws.
    private readonly ref struct Call
    {
        private readonly ModelHold.Stay _stay;
        private readonly IDisposable _noGradient;
        private readonly IDisposable? _noise;
        private readonly int _threads;

        internal Call(FrozenVae model, long? seed = null)
        {
            _stay = model._hold.Enter();
            // A thread that comes up while another trains may get fewer, and the last bits of a matrix product depend on their number.
            _threads = torch.get_num_threads();
            UseThreads(model._threads);
            _noGradient = torch.no_grad();
            _noise = seed is { } given ? NoiseSource.Lend(model._device, given) : null;
        }

        public void Dispose()
        {
            _noise?.Dispose();
            _noGradient.Dispose();
            UseThreads(_threads);
            _stay.Dispose();
        }

        private static void UseThreads(int count)
        {
            if (torch.get_num_threads() != count)
                torch.set_num_threads(count);
        }
    }
}
