namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>All modules of the library, by name.</summary>
public static class ModuleTable
{
    private static readonly Dictionary<string, ModuleEntry> s_entries = new IEnumerable<ModuleEntry>[]
    {
        CoreEntries.All, SequenceEntries.All, ArchetypeEntries.All, BoostingEntries.All, MegaEntries.All, MoleculeEntries.All,
        SemiSupervisedEntries.All, SurvivalEntries.All, VisualFieldEntries.All, WeightPriorEntries.All,
    }.SelectMany(entries => entries).ToDictionary(entry => entry.Name);

    /// <summary>The entries.</summary>
    public static IEnumerable<ModuleEntry> Entries => s_entries.Values;

    /// <summary>Their names, for theories.</summary>
    public static TheoryData<string> All => [.. s_entries.Keys];

    /// <summary>The names of those that have something to train.</summary>
    public static TheoryData<string> Trained => [.. Entries.Where(entry => entry.HasParameters).Select(entry => entry.Name)];

    /// <summary>The entry of a name.</summary>
    public static ModuleEntry Find(string name) => s_entries[name];
}
