namespace VaeToolkit;

// Assemblies that do without Core have the generator for themselves.
public partial struct SplitMix64;
