using System.Security.Cryptography;

namespace VaeToolkit.OlderLinux.Tests;

public sealed class AdaptationStepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _package = Hash(TorchSharpFile.Location);
    private readonly string _older;
    private readonly string _copy;

    public AdaptationStepTests()
    {
        _older = _folder["libstdc++.so.6"];
        _copy = _folder["a/b/libLibTorchSharp.so"];
        StandardLibraryFile.Write(_older, StandardLibraryFile.OfGcc12);
    }

    public void Dispose()
    {
        Hash(TorchSharpFile.Location).Should().Be(_package, "the package's file is only read");
        _folder.Dispose();
    }

    [LinuxFact]
    public void An_older_system_gets_a_copy_and_one_line_that_says_how_to_turn_it_off()
    {
        Run().Should().Be("TorchSharp adapted to this system's older libstdc++ (needs GLIBCXX_3.4.32, has 3.4.30): "
            + $"{_copy}; -p:AdaptTorchSharpToOlderLinux=false turns it off");
        File.ReadAllBytes(_copy).AsSpan().SequenceEqual(TorchSharpFile.Adapt(TorchSharpFile.Content())).Should().BeTrue();
        Directory.GetFiles(Path.GetDirectoryName(_copy)!).Should().Equal([_copy], "nothing is left of how it was written");
    }

    [LinuxFact]
    public void A_second_run_changes_nothing_and_says_nothing()
    {
        Run();
        var (hash, written) = (Hash(_copy), File.GetLastWriteTimeUtc(_copy));
        Run().Should().BeNull();
        Run(source: _copy, target: _folder["again"]).Should().BeNull("what has been adapted needs no copy");
        File.Exists(_folder["again"]).Should().BeFalse();
        (Hash(_copy), File.GetLastWriteTimeUtc(_copy)).Should().Be((hash, written));
    }

    [LinuxFact]
    public void Runs_side_by_side_write_one_copy_and_say_so_once()
    {
        var lines = new string?[8];
        Parallel.For(0, lines.Length, i => lines[i] = Run());
        lines.Count(line => line is not null).Should().Be(1);
        Directory.GetFiles(Path.GetDirectoryName(_copy)!).Should().Equal([_copy]);
    }

    [LinuxFact]
    public void Another_file_in_the_copys_place_is_replaced_and_not_written_through()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_copy)!);
        File.WriteAllText(_folder["elsewhere"], "elsewhere");
        File.CreateSymbolicLink(_copy, _folder["elsewhere"]);
        Run().Should().NotBeNull();
        File.ReadAllText(_folder["elsewhere"]).Should().Be("elsewhere");
        new FileInfo(_copy).LinkTarget.Should().BeNull();
    }

    [LinuxFact]
    public void A_system_that_has_the_version_or_no_libstdcxx_gets_no_copy()
    {
        StandardLibraryFile.Write(_older, StandardLibraryFile.OfGcc14);
        Run().Should().BeNull();
        AdaptationStep.Run(TorchSharpFile.Location, _copy, standardLibrary: null).Should().BeNull();
        File.Exists(_copy).Should().BeFalse();
    }

    [LinuxFact]
    public void A_system_that_lacks_more_is_refused()
    {
        StandardLibraryFile.Write(_older, [.. StandardLibraryFile.OfGcc12.Except(["GLIBCXX_3.4.30"])]);
        Refused(() => Run()).Should().Contain("it lacks GLIBCXX_3.4.30 too");
    }

    [LinuxFact]
    public void What_is_not_understood_is_refused_and_leaves_no_file()
    {
        var content = TorchSharpFile.Content();
        File.WriteAllBytes(_folder["cut"], content[..^1]);
        Refused(() => Run(source: _folder["cut"])).Should().StartWith(_folder["cut"] + ", byte ");
        File.WriteAllText(_older, "no library");
        Refused(() => Run()).Should().StartWith($"{_older}, byte 0: ");
        StandardLibraryFile.Write(_older);
        Refused(() => Run()).Should().StartWith(_older);
        Directory.Exists(Path.GetDirectoryName(_copy)).Should().BeFalse();
    }

    [LinuxFact]
    public void A_copy_in_the_package_cache_or_beside_the_packages_file_is_refused()
    {
        Directory.CreateDirectory(_folder["package/runtimes"]);
        File.WriteAllText(_folder["package/.nupkg.metadata"], "{}");
        Directory.CreateSymbolicLink(_folder["link"], _folder["package/runtimes"]);
        foreach (var target in new[] { "package/runtimes/a.so", "package/new/a.so", "link/a.so", "link/new/a.so" })
            Refused(() => Run(target: _folder[target])).Should().Contain("must not be in the folder of a package");
        var beside = Path.Combine(Path.GetDirectoryName(TorchSharpFile.Location)!, "copy.so");
        Refused(() => Run(target: beside)).Should().Contain("must not be");
        Directory.GetFiles(_folder["package"], "*.so", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [LinuxFact]
    public void This_systems_libstdcxx_is_found_and_its_versions_are_read()
    {
        var file = SystemLibrary.Find();
        file.Should().NotBeNull("dotnet itself needs it");
        SystemLibrary.Versions(file!).Should().Contain(["GLIBCXX_3.4", "GLIBCXX_3.4.9", "CXXABI_1.3"]);
    }

    private string? Run(string? source = null, string? target = null)
        => AdaptationStep.Run(source ?? TorchSharpFile.Location, target ?? _copy, _older);

    private static string Refused(Action run) => run.Should().Throw<RefusedException>().Which.Message;

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}
