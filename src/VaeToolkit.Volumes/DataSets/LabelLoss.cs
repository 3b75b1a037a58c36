namespace VaeToolkit.Volumes;

/// <summary>What a step of preparation took away of a case's labels.</summary>
internal static class LabelLoss
{
    /// <summary>A sentence that names the step and what is gone, or null.</summary>
    /// <param name="before">The labels before the step.</param>
    /// <param name="after">The labels after it, on a grid of the same world.</param>
    /// <param name="step">What was done, such as <c>cutting to 48 x 48 x 48</c>.</param>
    public static string? Between(Volume<int> before, Volume<int> after, string step)
    {
        var toAfter = after.Grid.Affine.Inverse() * before.Grid.Affine;
        var (all, outside) = (0L, 0L);
        for (var i = 0; i < before.Data.Length; i++)
        {
            if (before.Data[i] == 0)
                continue;
            all++;
            var (x, y, z) = before.Grid.Place(i);
            if (!Resampling.IsInside(toAfter.Apply(new(x, y, z)), after.Size))
                outside++;
        }
        int[] gone = [.. before.Data.Distinct().Except(after.Data).Where(label => label != 0).Order()];
        return outside > 0 ? $"{before.Name}: {step} took away {outside} of {all} label voxels{Whole(", all of")}."
            : gone.Length > 0 ? $"{before.Name}: {step} left no voxel{Whole(" of")}." : null;

        string Whole(string text) => gone.Length == 0 ? "" : $"{text} label{(gone.Length > 1 ? "s" : "")} {string.Join(", ", gone)}";
    }
}
