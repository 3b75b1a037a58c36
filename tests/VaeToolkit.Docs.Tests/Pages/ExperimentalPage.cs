using VaeToolkit.Volumes;
#pragma warning disable VT0002 // its mask is looked at before anything stands on it

namespace Documentation.Pages;

internal static class ExperimentalPage
{
    public static void Mask()
    {
        #region
        var brain = BrainMask.Estimate(NiftiFile.Read("head.nii.gz"));
        NiftiFile.Write("brain.nii.gz", brain);
        #endregion
    }
}
