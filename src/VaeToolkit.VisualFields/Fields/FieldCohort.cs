namespace VaeToolkit.VisualFields;

/// <summary>Eyes with their fields, all of one layout.</summary>
public sealed class FieldCohort
{
    /// <summary>Eyes of one layout.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="eyes">The eyes, at least one.</param>
    /// <exception cref="ArgumentException">There are none, an eye is there twice, or its fields have another number of places.</exception>
    public FieldCohort(FieldLayout layout, IReadOnlyList<FieldSeries> eyes)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(eyes);
        if (eyes.Count == 0)
            throw new ArgumentException("There are no eyes.", nameof(eyes));
        if (eyes.GroupBy(eye => eye.Eye).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"Eye {twice.Key} is there {twice.Count()} times.", nameof(eyes));
        foreach (var eye in eyes)
            FieldPictures.RequirePlaces(layout, eye.Fields);
        (Layout, Eyes) = (layout, [.. eyes]);
    }

    /// <summary>The layout.</summary>
    public FieldLayout Layout { get; }

    /// <summary>The eyes.</summary>
    public IReadOnlyList<FieldSeries> Eyes { get; }

    /// <summary>All fields, eye by eye.</summary>
    public IReadOnlyList<VisualField> Fields => [.. Eyes.SelectMany(eye => eye.Fields)];

    /// <summary>Number of patients.</summary>
    public int PatientCount => Eyes.Select(eye => eye.Patient).Distinct().Count();

    /// <summary>Reads a CSV file: see <see cref="FieldTableOptions"/> for its columns.</summary>
    /// <param name="path">The file.</param>
    /// <param name="layout">The places that its columns are of; null for <see cref="FieldLayout.TwentyFourTwo"/>.</param>
    /// <param name="options">The names of the columns; null for the defaults.</param>
    /// <exception cref="FormatException">The file is no such table, or a value is out of range; the message names file, line and
    /// column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FieldCohort Read(string path, FieldLayout? layout = null, FieldTableOptions? options = null)
        => new FieldTable(path, layout ?? FieldLayout.TwentyFourTwo, options ?? new()).Cohort();

    /// <summary>Some eyes and the others, by patient: both eyes of a patient are on one side.</summary>
    /// <param name="heldBack">The share of the patients that is held back, between 0 and 1.</param>
    /// <param name="seed">The same seed gives the same patients.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share leaves no patient on a side.</exception>
    public (FieldCohort Training, FieldCohort HeldBack) Split(double heldBack, long seed)
    {
        string[] patients = [.. Eyes.Select(eye => eye.Patient).Distinct()];
        var held = double.IsNaN(heldBack) ? 0 : (int)Math.Clamp(Math.Round(heldBack * patients.Length), 0, patients.Length);
        if (held == 0 || held == patients.Length)
            throw new ArgumentOutOfRangeException(
                nameof(heldBack), heldBack, $"the share must leave some of {patients.Length} patients on either side");
        var order = new long[patients.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        SplitMix64.For(seed, patients.Length).Shuffle(order);
        var chosen = order.Take(held).Select(i => patients[i]).ToHashSet();
        return (new(Layout, [.. Eyes.Where(eye => !chosen.Contains(eye.Patient))]),
            new(Layout, [.. Eyes.Where(eye => chosen.Contains(eye.Patient))]));
    }

    /// <summary>Numbers of eyes, patients and fields.</summary>
    public override string ToString() => $"{Eyes.Count} eyes of {PatientCount} patients, {Eyes.Sum(eye => eye.Count)} fields";
}
