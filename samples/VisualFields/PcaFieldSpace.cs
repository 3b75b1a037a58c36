using TorchSharp;
using VaeToolkit.Mega;
using VaeToolkit.VisualFields;

namespace VaeToolkit.Samples;

/// <summary>Fields by the posterior means of a probabilistic PCA: the linear yardstick, and how a space of one's own is written.</summary>
internal sealed class PcaFieldSpace(FieldLayout layout, ProbabilisticPca model) : FieldSpace(layout)
{
    public override int Size => model.LatentSize;

    /// <summary>A PCA of all fields of a cohort, which has to be without gaps.</summary>
    public static PcaFieldSpace Fit(FieldCohort cohort, int latentSize)
    {
        using var scope = torch.NewDisposeScope();
        return new(cohort.Layout, ProbabilisticPca.Fit(Rows(cohort.Fields), latentSize));
    }

    protected override double[][] EncodeChecked(IReadOnlyList<VisualField> fields)
    {
        using var scope = torch.NewDisposeScope();
        return [.. model.PosteriorMean(Rows(fields)).data<double>().ToArray().Chunk(Size)];
    }

    protected override double[][] DecodeChecked(IReadOnlyList<double[]> numbers) => [.. numbers.Select(row =>
        (model.Weights * MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(row) + model.MeanVector).ToArray())];

    private static torch.Tensor Rows(IReadOnlyList<VisualField> fields) => torch.tensor(
        fields.SelectMany(field => field.Sensitivities).ToArray(), torch.float64).reshape(fields.Count, -1);
}
