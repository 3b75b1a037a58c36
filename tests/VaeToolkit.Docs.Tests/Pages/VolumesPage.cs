using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;
#pragma warning disable VT0002 // research-grade: experimental.md

namespace Documentation.Pages;

internal static class VolumesPage
{
    public static void Files(Volume<int> prediction)
    {
        #region
        var image = NiftiFile.Read("case.nii.gz");                             // Volume<float>: values on a VoxelGrid
        var labels = NiftiFile.ReadLabels("case-labels.nii.gz");               // Volume<int>; ReadMask gives Volume<bool>
        var ras = Orientation.ToRas(image);                                    // axes towards Right, Anterior, Superior
        var even = Resampling.ToSpacing(ras, new(1, 1, 1));                    // 1 mm, smoothed where it coarsens
        var box = Cropping.ToSize(even, VolumeSize.Cube(64));
        // ... predict on box.ToTensor(), [C, D, H, W] ...
        NiftiFile.Write("prediction.nii.gz", Resampling.Nearest(prediction, image.Grid));   // back onto the scanner's grid
        #endregion
    }

    public static void Alignment(Volume<float> image, Volume<float> template, VolumeCase rawCase)
    {
        #region
        var options = new AlignmentOptions { Motion = AlignmentMotion.Rigid, Similarity = AlignmentSimilarity.MutualInformation };
        var result = VolumeAlignment.ToTemplate(image, template, options);
        var moved = result.Apply(image);                 // on the template's grid, in the template's world; ApplyNearest for labels
        var item = result.Apply(rawCase);                // the template's voxels in the case's own world: Restore leads back to its grid
        #endregion
    }

    public static void Scores(
        Volume<bool> prediction, Volume<bool> truth, Volume<float> probabilities, Volume<bool> brain, List<SegmentationScores> all,
        List<Volume<float>> samples)
    {
        #region
        var scores = SegmentationScores.Of(prediction, truth, new() { SurfaceTolerance = 2 });      // one volume
        var dice = ScoreSummary.Of(all.Select(volume => volume.Dice));                              // 0.874 ± 0.012 (n = 30)
        var calibration = Calibration.Of(probabilities, truth, within: brain);
        var maps = UncertaintyMaps.Of(samples);                                                     // one prediction a weight sample
        #endregion
    }

    public static void Phantoms()
    {
        #region
        var phantom = BrainPhantom.Create(seed: 7, VolumeSize.Cube(48), BrainLesion.Tumour);        // Image, Lesion, Brain, Tissue
        var options = new PhantomOptions { SkullStripped = true };
        var stripped = BrainPhantom.Create(7, VolumeSize.Cube(48), BrainLesion.MultipleSclerosis, BrainContrast.T1, options);
        #endregion
    }

    public static void Cases(SegmentationNetwork net, Preprocessing preprocessing, Volume<float> template)
    {
        #region
        // imagesTr + labelsTr, or images + labels
        var set = VolumeFolder.Open("Task04_Hippocampus", new Preprocessing { Spacing = new(1, 1, 1), Size = VolumeSize.Cube(48) });
        var item = set.Load(0);                                           // read and prepared when asked for; the last 64 are kept
        var symmetry = LabelSymmetry.Pairs((1, 2));                       // 1 left, 2 the same on the right; else LabelSymmetry.Symmetric
        var flips = new AugmentationOptions { FlipProbability = new(0.5, 0, 0), Symmetry = symmetry };
        var augmentation = new Augmentation(flips with { RotationDegrees = 15, BiasField = 0.1 });
        var changed = augmentation.Apply(item, seed: 3);             // or SegmentationTrainingOptions.Augmentation = augmentation.Apply
        var patch = new PatchSampler(VolumeSize.Cube(32), foreground: 1.0 / 3).Sample(item, seed: 3, index: 0);
        var (images, labels) = VolumeCase.Stack([patch, changed]);        // [N, C, D, H, W] and [N, D, H, W]
        var probabilities = SlidingWindow.Predict(x => net.forward(x).sigmoid(), item.Image, new() { Window = VolumeSize.Cube(32) });
        NiftiFile.Write("out.nii.gz", item.Restore(probabilities));       // on the grid of the file it came from

        // Steps of one's own: any function of a case.
        set = VolumeFolder.OpenWith("scans", raw =>
        {
            raw = raw.Within(BrainMask.Estimate(raw.Image));
            return preprocessing.Apply(VolumeAlignment.ToTemplate(raw.Image, template).Apply(raw));
        });

        // Labels merged: the hippocampus set has 0, 1 (anterior) and 2 (posterior); a network with one output channel takes 0 and 1.
        set = VolumeFolder.OpenWith("Task04_Hippocampus", raw => preprocessing.Apply(
            raw.Select(image => image, labels => labels.Select(label => label > 0 ? 1 : 0))));

        // A Bayesian network on a large volume: ten draws of the weights, each shared by all windows.
        var windows = new SlidingWindowOptions { Window = VolumeSize.Cube(64), Mirrored = LabelSymmetry.Symmetric };
        var maps = WindowedSegmentation.Predict(net, item.Image, windows, samples: 10);             // Mean, Entropy, ...
        #endregion
    }
}
