using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Samples;

/// <summary>
/// A frozen model with what the service says about it. Every method may be called by any number of threads at once; each opens the scope
/// in which its tensors go.
/// </summary>
internal sealed class ServedModel : IDisposable
{
    private readonly FrozenVae _frozen;

    /// <summary>Takes a model over.</summary>
    /// <param name="model">The model; it belongs to this object from now on.</param>
    /// <param name="normal">Items of its kind that it was not trained on: its threshold and its active units are those of these.</param>
    public ServedModel(Vae model, DataSource normal)
    {
        Description = model.ToString();
        Activity = Evaluate.ActiveUnits(model, normal);
        // One thread a request, as many requests as processors: the fastest where there are many.
        torch.set_num_threads(1);
        _frozen = FrozenVae.Own(model);
        Detector = AnomalyDetector.Fit(_frozen, normal);
        using var scope = torch.NewDisposeScope();
        Binary = _frozen.Decode(torch.zeros(1, LatentSize)) is BernoulliLikelihood;
    }

    public string Description { get; }

    public LatentActivity Activity { get; }

    public AnomalyDetector Detector { get; }

    /// <summary>Whether values are 0 or 1, as a Bernoulli likelihood takes them.</summary>
    public bool Binary { get; }

    public IReadOnlyList<long> ItemShape => _frozen.ItemShape;

    public int ItemSize => (int)Shape.Size(ItemShape);

    public int LatentSize => (int)_frozen.LatentSize;

    /// <summary>Channels, height and width of an item that is a picture, else null.</summary>
    public long[]? PictureShape
        => ItemShape switch
        {
            [1 or 3, _, _] => [.. ItemShape],
            [_, _] => [1, .. ItemShape],
            [var size] when (long)Math.Sqrt(size) is var side && side * side == size => [1, side, side],
            _ => null,
        };

    public float[] Sample(int count, long seed) => Ask(() => _frozen.Sample(count, seed));

    public byte[] SamplePng(int count, long seed, long[] picture)
    {
        using var scope = torch.NewDisposeScope();
        var columns = (int)Math.Ceiling(Math.Sqrt(count));
        return ImageGrid.ToPng(_frozen.Sample(count, seed).reshape([count, .. picture]), columns);
    }

    public float[] Reconstruct(float[] items) => Ask(() => _frozen.Reconstruct(Batch(items, ItemSize)));

    public float[] Decode(float[] codes) => Ask(() => _frozen.Decode(Batch(codes, LatentSize)).Mean);

    public (float[] Mean, float[] Deviation) Encode(float[] items)
    {
        using var scope = torch.NewDisposeScope();
        var posterior = Answered(() => _frozen.Encode(Batch(items, ItemSize)));
        return (Values(posterior.Mean), Values(posterior.Variance.sqrt()));
    }

    /// <summary>The only answer of many steps: it stops between them. The others are one pass through a network each.</summary>
    public double[] Score(float[] items, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        try
        {
            return RequireFinite(Answered(() => Detector.Score(Batch(items, ItemSize), stop)));
        }
        catch (ArgumentException e)
        {
            // Their shape was checked: what is left are values that the likelihood has no probability for.
            throw RefusedException.Wrong(e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal));
        }
    }

    public void Dispose()
    {
        Detector.Dispose();
        _frozen.Dispose();
    }

    private static float[] Ask(Func<torch.Tensor> question)
    {
        using var scope = torch.NewDisposeScope();
        return Values(Answered(question));
    }

    private static torch.Tensor Batch(float[] values, int width) => torch.tensor(values, [values.Length / width, width]);

    private static float[] Values(torch.Tensor answer)
    {
        using var accessor = answer.to(torch.float32).cpu().contiguous().data<float>();
        return RequireFinite(accessor.ToArray());
    }

    // Numbers that overflow on their way through the networks are the request's fault: the model's own are finite.
    private static T[] RequireFinite<T>(T[] answer)
        where T : System.Numerics.IFloatingPointIeee754<T>
        => Array.TrueForAll(answer, T.IsFinite) ? answer : throw NoFiniteAnswer();

    private static T Answered<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (ArithmeticException)
        {
            throw NoFiniteAnswer();
        }
    }

    private static RefusedException NoFiniteAnswer()
        => RefusedException.Wrong("the model has no finite answer to these numbers; send some such as it was trained on");
}
