using VaeToolkit.Volumes;

namespace Documentation.Pages;

internal static class VolumesPackage
{
    public static void Program()
    {
        #region
        var phantom = BrainPhantom.Create(seed: 1, new VolumeSize(48, 48, 32), BrainLesion.Tumour);
        NiftiFile.Write("phantom.nii.gz", phantom.Image);
        NiftiFile.Write("lesion.nii.gz", phantom.Lesion);
        var (image, truth) = (NiftiFile.Read("phantom.nii.gz"), NiftiFile.ReadMask("lesion.nii.gz"));
        Console.WriteLine($"{image.Size} voxels");
        Console.WriteLine($"one voxel too large: Dice {SegmentationScores.Of(Morphology.Dilate(truth), truth).Dice:F3}");
        #endregion
    }
}
