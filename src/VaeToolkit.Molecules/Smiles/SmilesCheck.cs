namespace VaeToolkit.Molecules;

/// <summary>What <see cref="SmilesChecker.Check"/> says of a string.</summary>
/// <param name="Parses">Whether it follows the grammar: brackets and branches closed, ring bonds in pairs, known elements.</param>
/// <param name="Sanitizes">Whether it also is a molecule: valences that there are, and aromatic rings that have alternating single and
/// double bonds.</param>
/// <param name="Problem">What is wrong with it, in a sentence; null where nothing is.</param>
public readonly record struct SmilesCheck(bool Parses, bool Sanitizes, string? Problem)
{
    /// <summary>The verdict in words.</summary>
    public override string ToString() => Sanitizes ? "a molecule" : Parses ? $"no molecule: {Problem}" : $"cannot be read: {Problem}";
}
