namespace TorchSharp.Tests;

/// <summary>
/// The test assembly is a program too, so that a test can look at a process of its own: it makes one tensor and prints how
/// libgomp was told to wait.
/// </summary>
internal static class Program
{
    private static void Main()
    {
        using var tensor = ones(2);
        Console.WriteLine($"{NativeEnvironment.Get("GOMP_SPINCOUNT")} {tensor.sum().ToDouble()}");
    }
}
