using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>The parts of this library that a <see cref="ModelFolder"/> may hold.</summary>
public static class SemiSupervisedParts
{
    /// <summary>
    /// Registers them with <see cref="ModelParts"/>. A program need not: they are found when a folder has one of them. It may be called
    /// again.
    /// </summary>
    public static void Register()
    {
        ModelParts.Register(LinearEncoder.PartName, LinearEncoder.From);
        ModelParts.Register(LinearDecoder.PartName, LinearDecoder.From);
        ModelParts.Register(ClassLikelihood.PartName, ClassLikelihood.From);
        ModelParts.Register(MlpConditionalEncoder.PartName, MlpConditionalEncoder.From);
        ModelParts.Register(MlpConditionalDecoder.PartName, MlpConditionalDecoder.From);
        ModelParts.Register(MlpClassifier.PartName, MlpClassifier.From);
        ModelParts.Register(ConvClassifier.PartName, ConvClassifier.From);
        ModelParts.Register(LabelPrior.PartName, LabelPrior.From);
        ModelParts.Register(ConditionalVae.PartName, ConditionalVae.From);
        ModelParts.Register(M2Model.PartName, M2Model.From);
        ModelParts.Register(InformationBottleneck.PartName, InformationBottleneck.From);
    }
}
