using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>How <see cref="ComplexityPath"/> estimates a model's moment gap.</summary>
public sealed class GapEstimator
{
    private readonly Func<torch.Tensor, LatentVariableModel, MomentGap> _estimate;

    private GapEstimator(string name, Func<torch.Tensor, LatentVariableModel, MomentGap> estimate) => (Name, _estimate) = (name, estimate);

    /// <summary>
    /// To the training rows, with the model's closed form where there is one. After an M-step a Gaussian mixture has a 1MEGA of 0 and a
    /// 2MEGA-F of ‖S‖_F/n whatever its K, so this says nothing about K.
    /// </summary>
    public static GapEstimator Exact { get; } = new("exact", (data, model) => MomentGaps.Between(DataMoments.Of(data), model));

    /// <summary>The estimator and its numbers.</summary>
    public string Name { get; }

    /// <summary>
    /// To the training rows, by draws, as published. On EM-trained mixtures what it measures is √(T/m), the noise of the draws.
    /// </summary>
    /// <param name="draws">m, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static GapEstimator MonteCarlo(int draws, long seed)
    {
        var options = new MomentGapOptions { Draws = draws, Seed = seed }.Validated();
        return new($"Monte Carlo {draws}, seed {seed}", (data, model) => MomentGaps.MonteCarlo(DataMoments.Of(data), model, options));
    }

    /// <summary>
    /// To rows that were held out, with the unbiased data moment and the model's closed form where there is one: the default. A mixture
    /// that EM left at the training moments has the same gap here too for every K, since its exact moments are the same.
    /// </summary>
    /// <param name="rows">Rows <c>[N, D]</c> that no model has seen; the caller keeps them.</param>
    public static GapEstimator HeldOut(torch.Tensor rows)
    {
        var moments = DataMoments.Of(rows);
        return new("held out", (_, model) => MomentGaps.Between(moments, model, new() { Divisor = SecondMomentDivisor.Unbiased }));
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal MomentGap Of(torch.Tensor data, LatentVariableModel model) => _estimate(data, model);
}
