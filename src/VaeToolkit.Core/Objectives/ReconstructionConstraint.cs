using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// A constraint on reconstructions, C = error − tolerance ≤ 0 in expectation: which error is taken, in which unit, is in its name.
/// </summary>
public sealed class ReconstructionConstraint
{
    private readonly Func<Likelihood, torch.Tensor, torch.Tensor> _error;

    private ReconstructionConstraint(string name, double tolerance, Func<Likelihood, torch.Tensor, torch.Tensor> error)
    {
        if (!double.IsFinite(tolerance))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "the tolerance must be a finite number");
        (Name, Tolerance, _error) = (name, tolerance, error);
    }

    /// <summary>The constraint's name, used in terms when there are several.</summary>
    public string Name { get; }

    /// <summary>What the error may be on average, in the unit of the error.</summary>
    public double Tolerance { get; }

    /// <summary>‖x − E[x|z]‖² ≤ κ² summed over the item (Rezende &amp; Viola 2018, table 1).</summary>
    /// <param name="tolerance">κ².</param>
    public static ReconstructionConstraint SquaredErrorPerItem(double tolerance)
        => new("squared_error_per_item", RequirePositive(tolerance), SquaredError);

    /// <summary>The squared error averaged over the D values of an item, ≤ the tolerance.</summary>
    /// <param name="tolerance">The mean squared error a value may have.</param>
    public static ReconstructionConstraint SquaredErrorPerPixel(double tolerance)
        => new("squared_error_per_pixel", RequirePositive(tolerance),
            (likelihood, x) => SquaredError(likelihood, x) / (x.NumberOfElements / x.shape[0]));

    /// <summary>−log p(x|z) ≤ the tolerance, in nats per item.</summary>
    /// <param name="tolerance">Nats per item; may be negative for densities.</param>
    public static ReconstructionConstraint NegativeLogLikelihoodPerItem(double tolerance)
        => new("negative_log_likelihood_per_item", tolerance, (likelihood, x) => -likelihood.LogProbOfChecked(x));

    /// <summary>−log p(x|z) / D ≤ the tolerance, in nats per value.</summary>
    /// <param name="tolerance">Nats per value; may be negative for densities.</param>
    public static ReconstructionConstraint NegativeLogLikelihoodPerPixel(double tolerance)
        => new(
            "negative_log_likelihood_per_pixel", tolerance,
            (likelihood, x) => -likelihood.LogProbOfChecked(x) / (x.NumberOfElements / x.shape[0]));

    /// <summary>An error of the user's own.</summary>
    /// <param name="name">Its name, in snake case.</param>
    /// <param name="tolerance">What it may be on average.</param>
    /// <param name="error">The error of a likelihood and the items <c>[N, *item]</c>:
    /// <c>[N]</c> or, with K samples, <c>[K, N]</c>, differentiable.</param>
    public static ReconstructionConstraint Custom(string name, double tolerance, Func<Likelihood, torch.Tensor, torch.Tensor> error)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(error);
        return new(name, tolerance, error) { IsCustom = true };
    }

    /// <summary>Whether its error is a function of the user's.</summary>
    internal bool IsCustom { get; private init; }

    /// <summary>The error of every sample and item, <c>[N]</c> or <c>[K, N]</c>.</summary>
    /// <param name="likelihood">p(x|z).</param>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    public torch.Tensor Error(Likelihood likelihood, torch.Tensor x)
        => EngineError.In(x, () => $"the constraint {Name}", () => _error(likelihood, x));

    /// <summary>The name and the tolerance.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} ≤ {Tolerance}");

    private static torch.Tensor SquaredError(Likelihood likelihood, torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(x);
        var (mean, size) = (likelihood.Mean, Shape.Size(x.shape.Skip(1)));
        var flat = Shape.Flat(x, size, nameof(x));
        // A likelihood of flat items takes items of any shape.
        if (x.Dimensions > 2 && mean.shape[^1] != size && !mean.shape.TakeLast((int)x.Dimensions - 1).SequenceEqual(x.shape.Skip(1)))
        {
            throw new ArgumentException(
                $"x has shape {Shape.Text(x)}; it must be [N, ...] with the axes of the likelihood's mean {Shape.Text(mean)}, or flat",
                nameof(x));
        }
        if (!Leads(mean.shape, 1) && !Leads(mean.shape, 2))
        {
            throw new ArgumentException(
                $"x has shape {Shape.Text(x)}; the likelihood's mean has shape {Shape.Text(mean)}, which must be [N, *item] or "
                + "[K, N, *item] of as many items", nameof(x));
        }
        likelihood.LookIfNobodyHas(x, nameof(x));
        var leading = mean.NumberOfElements / (size * x.shape[0]);
        var error = GaussianLikelihood.SquaredError(mean.reshape(leading, x.shape[0], size), flat).to(mean.dtype);
        return leading == 1 ? error.squeeze(0) : error;

        bool Leads(long[] shape, int axes) => shape.Length >= axes && shape[axes - 1] == x.shape[0] && Shape.Size(shape[axes..]) == size;
    }

    private static double RequirePositive(double tolerance) => tolerance > 0
        ? tolerance
        : throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "a squared error's tolerance must be above 0");
}
