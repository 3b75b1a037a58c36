namespace VaeToolkit.Archetypes;

/// <summary>The real item that is nearest to a vertex.</summary>
/// <param name="Archetype">The vertex, from 0.</param>
/// <param name="Item">The item's place in the data, in stored order from 0.</param>
/// <param name="Distance">The distance of its mean μ from the vertex, of norm 1.</param>
/// <param name="Weight">Its weight of this archetype, from 0 to 1.</param>
public sealed record NearestItem(int Archetype, long Item, double Distance, double Weight)
{
    /// <summary>Archetype, item, distance and weight.</summary>
    public override string ToString()
        => FormattableString.Invariant($"archetype {Archetype}: item {Item}, at {Distance:G4}, weight {Weight:G4}");
}
