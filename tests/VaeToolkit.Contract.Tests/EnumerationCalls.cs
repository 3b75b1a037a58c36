using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.Evaluation;
using VaeToolkit.Mega;
using VaeToolkit.Molecules;
using VaeToolkit.Networks;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Survival;
using VaeToolkit.VisualFields;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests;

/// <summary>Calls of every public method and constructor with a choice, each given a number for it, and all else in order.</summary>
internal static class EnumerationCalls
{
    private static readonly SurvivalTimes s_patients = new([1, 2, 3], [true, false, true]);
    private static readonly Volume<bool> s_mask = new(new VoxelGrid(new VolumeSize(2, 2, 2)), new bool[8]);

    /// <summary>Them by type, method and parameter.</summary>
    public static IReadOnlyDictionary<string, Action<int>> All { get; } = new Dictionary<string, Action<int>>
    {
        ["GeneratorRegularisation(scale)"] = choice => _ = new GeneratorRegularisation(1, (EncoderScale)choice),
        ["IncrementalClassifier(method)"] = choice =>
        {
            using var images = ImageData.SyntheticDigits(1, 0);
            _ = new IncrementalClassifier(new ClassifierNetwork([1, 28, 28], [2], [5]), images, (IncrementalMethod)choice);
        },
        ["FrozenVae.AnomalyScore(measure)"] = choice =>
        {
            using var vae = CoreEntries.SmallVae();
            using var frozen = vae.Freeze();
            frozen.AnomalyScore(torch.zeros(1, 6), (AnomalyMeasure)choice);
        },
        ["ImageData.Cifar10(binarisation)"] = choice => ImageData.Cifar10("nowhere", (Binarisation)choice),
        ["ImageData.FashionMnist(binarisation)"] = choice => ImageData.FashionMnist("nowhere", (Binarisation)choice),
        ["ImageData.Mnist(binarisation)"] = choice => ImageData.Mnist("nowhere", (Binarisation)choice),
        ["ImageData.FromTensor(binarisation)"]
            = choice => ImageData.FromTensor(torch.zeros([1, 2, 2], torch.uint8), null, (Binarisation)choice),
        ["ImageData.SyntheticDigits(binarisation)"] = choice => ImageData.SyntheticDigits(1, 0, binarisation: (Binarisation)choice),
        ["SpriteData.Draw(binarisation)"] = choice => SpriteData.Draw(null, (Binarisation)choice),
        ["Mmd.Squared(estimator)"]
            = choice => Mmd.Squared(torch.zeros(3, 2), torch.zeros(3, 2), MmdKernel.Gaussian(1), (MmdEstimator)choice),
        ["Layers.Create(activation)"] = choice => Layers.Create((Activation)choice),
        ["Layers.Dense(activation)"] = choice => Layers.Dense(2, [3], (Activation)choice),
        ["Layers.Convolutional(activation)"] = choice => Layers.Convolutional([1, 8, 8], [2], 3, (Activation)choice),
        ["DataMoments.Estimate(divisor)"] = choice => Moments().Estimate((SecondMomentDivisor)choice),
        ["GaussianMixture(form)"] = choice => _ = new GaussianMixture(
            [1], Matrix<double>.Build.Dense(1, 1), [Matrix<double>.Build.DenseIdentity(1)], (CovarianceForm)choice),
        ["GramGap.Between(divisor)"] = choice => GramGap.Between(Rows(), Rows(), Rows(), (SecondMomentDivisor)choice),
        ["MomentGaps.Between(divisor)"]
            = choice => MomentGaps.Between(Moments(), ConditionalMoments.Independent(Rows(), Rows()), (SecondMomentDivisor)choice),
        ["MoleculeTable.Read(longStrings)"] = choice => MoleculeTable.Read("nowhere", longStrings: (LongStrings)choice),
        ["ConditionalElbo(kl)"] = choice => _ = new ConditionalElbo(new LabelSpace(3), 1, (KlEstimator)choice),
        ["InformationPoint.In(unit)"] = choice => Point().In((InformationUnit)choice),
        ["LatentData(kind)"] = choice =>
        {
            using var vae = CoreEntries.SmallVae();
            using var data = new TensorData(torch.zeros(2, 6));
            _ = new LatentData(vae, data, (LatentKind)choice);
        },
        ["MlpClassifier(activation)"] = choice => _ = new MlpClassifier(2, [3], 2, (Activation)choice),
        ["AlphaWeight.OnClassification(convention)"] = choice => AlphaWeight.OnClassification(0.1, (AlphaConvention)choice),
        ["CovariateColumn(Kind)"] = choice => _ = new CovariateColumn("age", (CovariateKind)choice),
        ["BrierScore.Ipcw(convention)"] = choice => BrierScore.Ipcw(
            s_patients, [0.5, 0.5, 0.5], 1, KaplanMeier.FitCensoring(s_patients).Curve, (IpcwConvention)choice),
        ["Concordance.Uno(limit)"] = choice => Concordance.Uno(
            s_patients, [1, 2, 3], KaplanMeier.FitCensoring(s_patients).Curve, limit: (CensoringLimit)choice),
        ["KaplanMeier.FitCensoring(ties)"] = choice => KaplanMeier.FitCensoring(s_patients, (CensoringTies)choice),
        ["FieldEncoder(code)"] = choice => _ = new FieldEncoder(2, (FieldCode)choice),
        ["EyeRates.Of(weights)"] = choice => EyeRates.Of(new PlacewiseSpace(FieldLayout.TwentyFourTwo), Eye(), (RateWeights)choice),
        ["SurfaceDistances.Between(missing)"] = choice => SurfaceDistances.Between(s_mask, s_mask, (MissingSurface)choice),
        ["SurfaceDistances.HausdorffPercentile(convention)"]
            = choice => SurfaceDistances.Between(s_mask, s_mask).HausdorffPercentile(95, (PercentileConvention)choice),
        ["BrainPhantom.Create(lesion)"] = choice => BrainPhantom.Create(1, new VolumeSize(16, 16, 16), (BrainLesion)choice),
        ["BrainPhantom.Create(contrast)"]
            = choice => BrainPhantom.Create(1, new VolumeSize(16, 16, 16), BrainLesion.Tumour, (BrainContrast)choice),
        ["ConnectedComponents.Of(connectivity)"] = choice => ConnectedComponents.Of(s_mask, (Connectivity)choice),
        ["NiftiFile.Write(type)"] = choice => NiftiFile.Write("nowhere.nii", s_mask.Select(_ => 0f), (NiftiDataType)choice),
        ["TargetTraining.Train(method)"] = choice =>
        {
            using var volumes = new SegmentationData(torch.zeros([1L, 1L, 8L, 8L, 8L]), torch.zeros([1L, 8L, 8L, 8L], torch.int64));
            new TargetTraining(new UNet3dOptions { Widths = [2, 4] }).Train((TargetMethod)choice, volumes).Dispose();
        },
    };

    private static torch.Tensor Rows() => torch.tensor([0.0, 1, 2, 3]).reshape(2, 2);

    private static DataMoments Moments() => DataMoments.Of(Rows());

    private static FieldSeries Eye()
    {
        var places = FieldLayout.TwentyFourTwo.Count;
        return new("left", "one", [.. Enumerable.Range(0, 3).Select(year => new VisualField(year, [.. Enumerable.Repeat(20.0, places)]))]);
    }

    private static InformationPoint Point() => new()
    {
        Rate = 1,
        RateStandardError = 0,
        LogLikelihood = -1,
        LogLikelihoodStandardError = 0,
        TargetEntropy = null,
        RateByLatent = null,
        Items = 1,
        Samples = 1,
        Seed = 0,
    };
}
