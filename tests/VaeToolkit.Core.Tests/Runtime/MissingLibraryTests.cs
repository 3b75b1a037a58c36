using System.Reflection;

namespace VaeToolkit.Tests.Runtime;

/// <summary>What a program says whose native library does not load. It runs from a folder of its own.</summary>
public sealed class MissingLibraryTests : IDisposable
{
    private static readonly Assembly s_tests = typeof(MissingLibraryTests).Assembly;
    private readonly TemporaryFolder _program = new();

    public MissingLibraryTests()
    {
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            if (Path.GetExtension(file) == ".dll" || file.EndsWith("Core.Tests.runtimeconfig.json", StringComparison.Ordinal))
                File.Copy(file, _program[Path.GetFileName(file)]);
        }
    }

    public void Dispose() => _program.Dispose();

    [OlderLinuxFact]
    public void A_library_that_was_not_adapted_is_answered_with_the_cause_the_systems_that_need_nothing_and_the_property()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native")))
            File.CreateSymbolicLink(_program[Path.GetFileName(file)], file);
        var library = s_tests.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == "TorchSharpLibrary").Value!;
        File.Delete(_program["libLibTorchSharp.so"]);
        File.CreateSymbolicLink(_program["libLibTorchSharp.so"], library);

        Run().Should().Contain(
            "not loaded: TorchSharp's native library does not load, since this system's libstdc++ is older than GCC 13's and lacks "
            + "GLIBCXX_3.4.32: Debian 13, Ubuntu 24.04 and later need nothing, and elsewhere the program's project has to say "
            + "<AdaptTorchSharpToOlderLinux>true</AdaptTorchSharpToOlderLinux>, so that its build adapts a copy of the library.\n");
        Directory.Exists(_program["cpu"]).Should().BeFalse("TorchSharp would copy all of libtorch there before it gives up");
    }

    [LinuxFact]
    public void A_library_that_is_not_there_is_answered_with_the_package_of_this_system()
        => Run().Should().MatchRegex("not loaded: .*'dotnet add package libtorch-cpu-linux-x64 --version [0-9.]+' or, with an NVIDIA GPU,");

    private string Run()
    {
        // TorchSharp would look there for libtorch, and copy it.
        var (code, output) = ChildProgram.Run(
            _program[Path.GetFileName(s_tests.Location)], environment => environment["NUGET_PACKAGES"] = _program.Folder);
        code.Should().Be(1);
        return output;
    }
}
