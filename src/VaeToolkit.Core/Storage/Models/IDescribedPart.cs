namespace VaeToolkit.Storage;

/// <summary>
/// A part of a model, or a whole one, that says how it is made again: what <see cref="ModelFolder"/> writes, and what a factory of
/// <see cref="ModelParts"/> of the same name is given.
/// </summary>
public interface IDescribedPart
{
    /// <summary>
    /// The part's name and every option that decides what it computes or the shapes of its weights. What only decides initial weights is
    /// left out: they are in the file.
    /// </summary>
    PartDescription Describe();
}
