using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>Tasks in the order in which they are learned, made from labelled data. It owns them.</summary>
public sealed class TaskSequence : IDisposable
{
    private TaskSequence(IReadOnlyList<ContinualTask> tasks) => Tasks = tasks;

    /// <summary>The tasks.</summary>
    public IReadOnlyList<ContinualTask> Tasks { get; }

    /// <summary>One task for each of the classes 0 to <paramref name="count"/> − 1, in order.</summary>
    /// <param name="train">Labelled training data.</param>
    /// <param name="test">Labelled test data.</param>
    /// <param name="count">How many classes.</param>
    /// <param name="validationItems">How many of the training items, the last in stored order, are set aside for validation;
    /// default 0.</param>
    /// <exception cref="ArgumentException">A class has no items in a part of the data, or there are no labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static TaskSequence OneClassEach(DataSource train, DataSource test, int count, long validationItems = 0)
        => Of(train, test, [.. Enumerable.Range(0, Math.Max(0, count)).Select(label => new[] { (long)label })], validationItems);

    /// <summary>Tasks of any classes. Pairs are <c>[[0, 1], [2, 3]]</c>.</summary>
    /// <param name="train">Labelled training data. Items are copied as they come in stored order;
    /// random binarisation is drawn once.</param>
    /// <param name="test">Labelled test data.</param>
    /// <param name="classes">For each task its labels; no label comes twice.</param>
    /// <param name="validationItems">How many of the training items, the last in stored order, are set aside for validation;
    /// default 0.</param>
    /// <exception cref="ArgumentException">There are no tasks, a label comes twice, a task has no items in a part of the data,
    /// or there are no labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="validationItems"/> is negative or
    /// leaves nothing to train on.</exception>
    public static TaskSequence Of(DataSource train, DataSource test, IReadOnlyList<IReadOnlyList<long>> classes, long validationItems = 0)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        RequireClasses(classes);
        ArgumentOutOfRangeException.ThrowIfNegative(validationItems);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(validationItems, train.Count);
        using var scope = torch.NewDisposeScope();
        var (trainItems, trainLabels) = Read(train, nameof(train));
        var (testItems, testLabels) = Read(test, nameof(test));
        var split = trainLabels.Length - (int)validationItems;
        var tasks = new List<ContinualTask>();
        foreach (var labels in classes)
        {
            tasks.Add(new(
                [.. labels],
                Part(trainItems, trainLabels, labels, 0, split, "training"),
                validationItems == 0 ? null : Part(trainItems, trainLabels, labels, split, trainLabels.Length, "validation"),
                Part(testItems, testLabels, labels, 0, testLabels.Length, "test")));
        }
        return new(tasks);
    }

    /// <summary>The tasks, one a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Tasks);

    /// <summary>Releases the tasks' data.</summary>
    public void Dispose()
    {
        foreach (var task in Tasks)
            task.Dispose();
    }

    private static void RequireClasses(IReadOnlyList<IReadOnlyList<long>> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count == 0)
            throw new ArgumentException("there are no tasks; give each its classes", nameof(classes));
        if (classes.Any(labels => labels.Count == 0))
            throw new ArgumentException($"task {classes.TakeWhile(labels => labels.Count > 0).Count()} has no classes", nameof(classes));
        var twice = classes.SelectMany(labels => labels).GroupBy(label => label).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new ArgumentException($"class {twice.Key} comes {twice.Count()} times; a class belongs to one task", nameof(classes));
    }

    private static (torch.Tensor Items, long[] Labels) Read(DataSource data, string name)
    {
        torch.Tensor? items = null;
        var labels = new List<long>();
        foreach (var batch in data.InOrder(1000))
        {
            if (batch.Labels is null)
                throw new ArgumentException("the data have no labels, of which tasks could be made", name);
            // In its place at once: batches kept until all are there would be the data twice.
            items ??= torch.empty([data.Count, .. batch.Items.shape[1..]], batch.Items.dtype, batch.Items.device);
            items.narrow(0, labels.Count, batch.Size).copy_(batch.Items);
            using var values = batch.Labels.cpu().data<long>();
            labels.AddRange(values.ToArray());
        }
        return (items ?? throw new ArgumentException("the data have no items", name), [.. labels]);
    }

    private static TensorData Part(torch.Tensor items, long[] labels, IReadOnlyList<long> wanted, int start, int end, string part)
    {
        long[] rows = [.. Enumerable.Range(start, end - start).Where(row => wanted.Contains(labels[row])).Select(row => (long)row)];
        if (rows.Length == 0)
            throw new ArgumentException($"the task of classes {string.Join(", ", wanted)} has no {part} items");
        using var index = torch.tensor(rows, device: items.device);
        return new TensorData(items.index_select(0, index), torch.tensor(Array.ConvertAll(rows, row => labels[row]), device: torch.CPU));
    }
}
