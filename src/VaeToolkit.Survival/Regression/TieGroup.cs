namespace VaeToolkit.Survival;

/// <summary>Sorted patients of one stratum with the same time: positions from start to end, the first ones with events.</summary>
internal readonly record struct TieGroup(double Time, int Stratum, int Start, int End, int Events);
