using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

public static partial class LatentPictures
{
    /// <summary>
    /// Where items lie in a two-dimensional latent space: a dot at each posterior mean on white, coloured by its label, the second feature
    /// growing upwards. The picture spans the means with a margin of 5 %.
    /// </summary>
    /// <param name="model">A model with two latent features.</param>
    /// <param name="data">The items, with labels or without.</param>
    /// <param name="side">Height and width in pixels, at least 16.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One RGB picture, <c>[1, 3, side, side]</c>.</returns>
    /// <exception cref="ArgumentException">The model has another number of latent features.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="side"/> is below 16.</exception>
    /// <exception cref="ArithmeticException">A posterior mean is not finite.</exception>
    public static torch.Tensor Scatter(Vae model, DataSource data, int side = 512, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 16);
        RequireTwo(model);
        using var mode = EvaluationMode.Enter(model);
        using var seed = SeedScope.Begin(0);
        var (points, labels) = (new List<double>(), new List<long>());
        foreach (var batch in data.InOrder(500))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            using var means = model.EncodeOfChecked(batch.Items).Mean.to(torch.float64).cpu().contiguous().data<double>();
            points.AddRange(means.ToArray());
            labels.AddRange(LabelsOf(batch));
        }
        if (points.FindIndex(value => !double.IsFinite(value)) is var bad and >= 0)
            throw new ArithmeticException($"the posterior mean of item {bad / 2} is not finite");
        return new ScatterPlot(side, [.. points], [.. labels]).ToTensor();
    }

    private static long[] LabelsOf(Batch batch)
    {
        if (batch.Labels is null)
            return new long[batch.Size];
        using var accessor = batch.Labels.cpu().data<long>();
        return accessor.ToArray();
    }
}
