namespace VaeToolkit.Training;

/// <summary>A training callback threw. The inner exception is what it threw; checkpoints written before are whole.</summary>
public sealed class TrainingCallbackException : Exception
{
    /// <summary>Names the callback and the member that failed.</summary>
    /// <param name="callback">The callback's type.</param>
    /// <param name="member">The member that was called.</param>
    /// <param name="innerException">What it threw.</param>
    public TrainingCallbackException(Type callback, string member, Exception innerException)
        : base($"The training callback {callback?.FullName} failed in {member}: "
            + (innerException is null ? null : EngineError.MessageOf(innerException)), innerException) =>
        CallbackType = callback!;

    /// <summary>The callback's type.</summary>
    public Type CallbackType { get; }
}
