namespace VaeToolkit.Archetypes;

/// <summary>A point of the convex hull of some points, with their weights in it.</summary>
internal readonly record struct HullPoint(double[] Weights, double[] Point);
