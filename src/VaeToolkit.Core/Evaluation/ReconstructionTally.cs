using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>Collects squared errors and log-likelihoods of items.</summary>
internal sealed class ReconstructionTally(long dimensions)
{
    private readonly List<double> _squares = [];
    private readonly List<double> _losses = [];

    internal long Count => _squares.Count;

    /// <summary>Adds a batch, averaged over the K samples of each item.</summary>
    internal void Add(Likelihood likelihood, torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        var n = x.shape[0];
        if (Shape.Size(x.shape) != n * dimensions || Shape.Size(likelihood.Mean.shape) % (n * dimensions) != 0)
            throw new InvalidOperationException($"items are {Shape.Text(x)} and reconstructions {Shape.Text(likelihood.Mean)}, where the "
                + $"data say that an item has {dimensions} values");
        var squares = GaussianLikelihood.SquaredError(likelihood.Mean.reshape(-1, n, dimensions), x.reshape(n, dimensions));
        var losses = -likelihood.LogProbOfChecked(x).reshape(-1, n);
        Record(_squares, squares, "squared error");
        Record(_losses, losses, "−log p(x|z)");
    }

    internal ReconstructionFigures Result()
    {
        var (square, loss) = (SampleMean.Of(_squares), SampleMean.Of(_losses));
        return new(square.Value, square.StandardError, loss.Value, loss.StandardError, dimensions);
    }

    private static void Record(List<double> values, torch.Tensor figures, string what)
    {
        using var accessor = figures.to(torch.float64).mean([0L]).cpu().data<double>();
        foreach (var value in accessor.ToArray())
        {
            if (!double.IsFinite(value))
                throw new ArithmeticException(FormattableString.Invariant($"the {what} of item {values.Count} is {value}"));
            values.Add(value);
        }
    }
}
