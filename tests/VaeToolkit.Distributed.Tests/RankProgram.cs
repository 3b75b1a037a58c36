namespace VaeToolkit.Distributed.Tests;

/// <summary>What runs when the test assembly is started as a program: one of the ranks.</summary>
internal static class RankProgram
{
    private static int Main(string[] arguments) => 0;
}
