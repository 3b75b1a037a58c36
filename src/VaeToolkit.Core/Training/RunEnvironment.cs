using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>Where and with what a run was trained: <c>environment.json</c>. It names neither the machine nor its user.</summary>
/// <param name="Started">When the run began, or went on, in UTC.</param>
/// <param name="Program">The program's assembly; null where there is none, as in a notebook.</param>
/// <param name="Commit">The source revision that the program's build has noted; null where it has none.</param>
/// <param name="Library">Version of this library.</param>
/// <param name="TorchSharp">Version of TorchSharp.</param>
/// <param name="DotNet">The .NET runtime.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Architecture">The processor's architecture.</param>
/// <param name="Processors">Processors that the program may use.</param>
/// <param name="TorchThreads">Threads that torch uses.</param>
/// <param name="Device">Where the model's parameters are, such as <c>cpu</c>.</param>
internal sealed record RunEnvironment(
    DateTime Started, string? Program, string? Commit, string Library, string TorchSharp, string DotNet, string OperatingSystem,
    string Architecture, int Processors, int TorchThreads, string Device)
{
    public static RunEnvironment Of(torch.nn.Module model)
    {
        var program = Assembly.GetEntryAssembly();
        // The build writes "1.2.0+<revision>".
        var revision = program?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', 2);
        return new(
            DateTime.UtcNow, program?.GetName().Name, revision is [_, var commit] ? commit : null, VersionOf(typeof(RunEnvironment)),
            VersionOf(typeof(torch)), RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription,
            RuntimeInformation.OSArchitecture.ToString(), Environment.ProcessorCount, torch.get_num_threads(),
            model.parameters().FirstOrDefault()?.device.ToString() ?? "cpu");
    }

    /// <summary>The version of the assembly that a type is in.</summary>
    internal static string VersionOf(Type type) => type.Assembly.GetName().Version!.ToString(3);
}
