namespace VaeToolkit.Storage;

/// <summary>
/// The parts of the library's other assemblies, where a program has them beside it. Each has a class with a <c>Register</c>; their names
/// are constants, so that trimming keeps them and nothing is searched for.
/// </summary>
internal static class SiblingParts
{
    private static readonly Lazy<bool> s_registered = new(RegisterAll);

    internal static void Register() => _ = s_registered.Value;

    private static bool RegisterAll()
    {
        Type.GetType("VaeToolkit.Archetypes.ArchetypeParts, VaeToolkit.Archetypes")?.GetMethod("Register")?.Invoke(null, null);
        Type.GetType("VaeToolkit.Boosting.BoostingParts, VaeToolkit.Boosting")?.GetMethod("Register")?.Invoke(null, null);
        Type.GetType("VaeToolkit.DeepSurvival.SurvivalParts, VaeToolkit.DeepSurvival")?.GetMethod("Register")?.Invoke(null, null);
        Type.GetType("VaeToolkit.Mega.MegaParts, VaeToolkit.Mega")?.GetMethod("Register")?.Invoke(null, null);
        Type.GetType("VaeToolkit.Molecules.MoleculeParts, VaeToolkit.Molecules")?.GetMethod("Register")?.Invoke(null, null);
        Type.GetType("VaeToolkit.SemiSupervised.SemiSupervisedParts, VaeToolkit.SemiSupervised")?.GetMethod("Register")
            ?.Invoke(null, null);
        Type.GetType("VaeToolkit.VisualFields.VisualFieldParts, VaeToolkit.VisualFields")?.GetMethod("Register")?.Invoke(null, null);
        Type.GetType("VaeToolkit.WeightPriors.WeightPriorParts, VaeToolkit.WeightPriors")?.GetMethod("Register")?.Invoke(null, null);
        return true;
    }
}
