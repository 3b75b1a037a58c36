using TorchSharp;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What starts ranks: MPI libraries, and threads for each.</summary>
public sealed class LauncherTests
{
    [Fact]
    public void Threads_that_are_made_after_ranks_have_as_many_of_torchs_as_before()
    {
        var before = torch.get_num_threads();
        RankThreads.Run(2, _ => torch.set_num_threads(before + 3));
        var after = 0;
        var later = new Thread(() => after = torch.get_num_threads());
        later.Start();
        later.Join();
        (torch.get_num_threads(), after).Should().Be((before, before));
    }

    [Theory]
    [InlineData(16, 16, 32, 4, 8)]
    [InlineData(1, 1, 32, 2, 1)]
    [InlineData(32, 32, 32, 4, 8)]
    [InlineData(2, 64, 64, 2, 1)]
    [InlineData(2, 2, 2, 4, 1)]
    [InlineData(8, null, null, 4, 2)]
    public void Threads_are_a_share_of_the_machine_and_no_more_than_a_rank_is_bound_to(
        int usable, int? bound, int? launchers, int ranks, int threads)
        => MpiLauncher.ThreadsOf(usable, bound, launchers, ranks).Should().Be(threads);

    [Theory]
    [InlineData("0-7", 8)]
    [InlineData("0-3,8,10-11", 7)]
    [InlineData("5", 1)]
    [InlineData("", null)]
    public void Processors_are_counted(string ranges, int? count) => MpiLauncher.Count(ranges).Should().Be(count);

    [Theory]
    [InlineData("MPICH Version:      4.0.2\nMPICH Release date: ...", "MPICH")]
    [InlineData("Intel(R) MPI Library 2021.9 for Linux* OS", "Intel MPI")]
    [InlineData("Open MPI v2.1.1, package: ...", "Open MPI v2.1.1")]
    [InlineData("something else", "something else")]
    public void Another_mpi_is_refused_by_its_name(string version, string name)
        => FluentActions.Invoking(() => MpiVersion.Require(version, "libmpi.so.40")).Should().Throw<NotSupportedException>()
            .WithMessage($"libmpi.so.40 is *{name}*apt-get install openmpi-bin*");

    [Fact]
    public void Open_mpi_is_taken_and_a_missing_one_named_with_what_to_install()
    {
        MpiVersion.Require("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4\0", "libmpi.so.40");
        FluentActions.Invoking(() => MpiLibrary.Load(["libnone.so.1"], ["libnone.so.2"])).Should().Throw<DllNotFoundException>()
            .WithMessage("libnone.so.1 is not there*apt-get install openmpi-bin*");
    }
}
