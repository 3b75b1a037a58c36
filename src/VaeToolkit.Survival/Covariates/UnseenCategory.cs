namespace VaeToolkit.Survival;

/// <summary>What to do with a category that the training rows do not have.</summary>
public enum UnseenCategory
{
    /// <summary>Refuse the row, with an error that names column and row.</summary>
    Refuse,

    /// <summary>Take the value for not known, that is missing: the model then integrates over what it could be.</summary>
    Unknown,
}
