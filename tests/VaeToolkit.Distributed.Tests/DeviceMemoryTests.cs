using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VaeToolkit.Distributed.Tests;

/// <summary>
/// Gradients that are added up where they lie: whether Open MPI is asked rightly, and sums by address, here of the CPU's memory.
/// </summary>
public sealed class DeviceMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // What a library answers, and what its parameter says; null where it exports nothing of the name.
    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, true, false)]
    [InlineData(0, null, false)]
    [InlineData(0, false, false)]
    [InlineData(0, true, false)]
    [InlineData(1, null, true)]
    [InlineData(1, true, true)]
    [InlineData(1, false, false)]
    [InlineData(-1, true, false)]
    public void Open_mpi_is_CUDA_aware_where_it_says_so_and_that_is_not_turned_off(int? answer, bool? isOn, bool isAware)
    {
        Query query = () => answer ?? throw new UnreachableException();
        var parameter = GCHandle.Alloc(new[] { isOn == true ? (byte)1 : (byte)0 }, GCHandleType.Pinned);
        try
        {
            MpiLibrary.IsCudaAware(name => name switch
            {
                "MPIX_Query_cuda_support" => answer is null ? 0 : Marshal.GetFunctionPointerForDelegate(query),
                "opal_cuda_support" => isOn is null ? 0 : parameter.AddrOfPinnedObject(),
                _ => throw new ArgumentException(name),
            }).Should().Be(isAware);
        }
        finally
        {
            parameter.Free();
            GC.KeepAlive(query);
        }
    }

    [Theory]
    [InlineData("elbo", 4)]
    [InlineData("float64", 2)]
    [InlineData("m2-labels", 2)]
    public void Gradients_that_an_exchange_reaches_have_the_bits_of_those_by_way_of_the_host(string name, int ranks)
    {
        var ways = new[] { false, true }.Select(reaches =>
        {
            var experiment = new Experiment(name, Experiment.Short);
            var trainees = Enumerable.Range(0, ranks).Select(_ => experiment.Make()).ToArray();
            var outcomes = new Outcome[ranks];
            RankThreads.Run(ranks, exchange =>
            {
                var own = experiment.Options with { Exchange = reaches ? new ReachingExchange(exchange) : exchange };
                outcomes[exchange.Rank] = (experiment with { Options = own }).Run(trainees[exchange.Rank]);
            });
            return outcomes;
        }).ToList();
        foreach (var outcome in ways[1])
            outcome.DifferenceFrom(ways[0][0]).Should().Be((0, 0, 0));
    }

    [OpenMpiFact]
    public void Processes_that_sum_by_address_have_the_bits_of_those_by_way_of_the_host()
    {
        Run(RankProgram.Command(2, "train", "elbo", _folder["host"], "false"));
        Run(RankProgram.Command(2, "train-reaching", "elbo", _folder["address"], "false"));
        RankProgram.Read(_folder["address"]).DifferenceFrom(RankProgram.Read(_folder["host"])).Should().Be((0, 0, 0));
    }

    [OpenMpiFact]
    public void A_part_of_a_tensor_is_summed_where_it_lies()
        => Run(RankProgram.Command(3, "part")).Should()
            .Contain("Float32: 0 1 2 9 12 15 18 7 8 9").And.Contain("Float64: 0 1 2 9 12 15 18 7 8 9")
            .And.Contain("refused: values of shape 5 are not contiguous").And.Contain("refused: values are Int64");

    [OpenMpiFact]
    public void An_installed_open_mpi_is_not_taken_for_more_than_it_says_it_is()
    {
        var says = Run(["ompi_info", "--all", "--parsable"]);
        if (says.Contains("built_with_cuda_support:value:true", StringComparison.Ordinal))
            return;
        Run(RankProgram.Command(1, "part")).Should().Contain("CUDA's memory: False, the CPU's: False");
    }

    private static string Run(IReadOnlyList<string> command)
    {
        using var ranks = new Ranks(command);
        var (code, output) = ranks.End();
        code.Should().Be(0, output);
        return output;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Query();
}
