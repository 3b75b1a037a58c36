namespace VaeToolkit.Boosting;

/// <summary>A prior that remembers the components of finished tasks.</summary>
internal interface IStoredComponents
{
    /// <summary>What does not change while it grows, all options included, in words.</summary>
    string Settings { get; }

    /// <summary>The components, or null while no task is finished.</summary>
    StoredComponents? OfFinishedTasks();
}
