using TorchSharp;

namespace VaeToolkit.Tests.Runtime;

public sealed class TorchRuntimeTests
{
    private static readonly string[] s_decisions =
    [
        "GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OPENBLAS_THREAD_TIMEOUT", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TOP_PAD_", "GLIBC_TUNABLES", "VAETOOLKIT_MOST_THREADS", "VAETOOLKIT_SMALL_PAGES",
    ];

    [Fact]
    public void Products_in_TF32_are_a_choice_that_products_and_convolutions_follow()
    {
        TorchRuntime.AllowTensorFloat32.Should().BeFalse();
        try
        {
            TorchRuntime.AllowTensorFloat32 = true;
            (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32).Should().Be((true, true));
            TorchRuntime.AllowTensorFloat32.Should().BeTrue();
        }
        finally
        {
            TorchRuntime.AllowTensorFloat32 = false;
        }
    }

    [LinuxTheory]
    [InlineData("", "", "0", "4")]
    [InlineData("GOMP_SPINCOUNT", "5", "5", "4")]
    [InlineData("OMP_WAIT_POLICY", "active", "unset", "4")]
    [InlineData("OPENBLAS_THREAD_TIMEOUT", "26", "0", "26")]
    public void Spinning_is_turned_off_before_the_libraries_load_unless_the_user_has_decided(
        string variable, string value, string spins, string timeout)
    {
        var output = RunChild(variable, value);
        output.Should().Contain("libgomp before: False", "nothing loads torch before it is prepared");
        output.Should().Contain("libgomp after: True", "the native library is loaded by then");
        output.Should().Contain($"GOMP_SPINCOUNT: {spins}\n");
        output.Should().Contain($"OPENBLAS_THREAD_TIMEOUT: {timeout}\n");
        output.Should().Contain("threads: 3\n");
    }

    [LinuxTheory]
    [InlineData("2", 2)]
    [InlineData("3", 3)]
    [InlineData("16", 3)]
    [InlineData("0", 3)]
    [InlineData("many", 3)]
    public void A_program_gets_no_more_threads_than_the_study_that_started_it_allows(string most, int threads)
        => RunChild("VAETOOLKIT_MOST_THREADS", most).Should().Contain($"threads: {threads}\n");

    [LinuxTheory]
    [InlineData("", "", true)]
    [InlineData("MALLOC_MMAP_THRESHOLD_", "131072", false)]
    [InlineData("VAETOOLKIT_SMALL_PAGES", "1", true)]
    public void Memory_of_freed_tensors_is_kept_until_given_back_unless_the_user_has_decided(string variable, string value, bool kept)
        => RunChild(variable, value).Should().Contain($"freed memory is kept: {kept}")
            .And.Contain("freed memory was given back: True");

    [LinuxTheory]
    [InlineData("", "", true)]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.top_pad=131072", false)]
    [InlineData("VAETOOLKIT_SMALL_PAGES", "1", false)]
    public void The_heap_asks_for_huge_pages_where_the_system_has_them_unless_the_user_has_decided(string variable, string value, bool asks)
    {
        var output = RunChild(variable, value);
        if (!asks || Directory.Exists("/sys/kernel/mm/transparent_hugepage"))
            output.Should().Contain($"heap asks for huge pages: {asks}\n");
    }

    [Fact]
    public void The_number_of_threads_is_set_and_otherwise_left_alone()
    {
        var before = torch.get_num_threads();
        try
        {
            TorchRuntime.Prepare(threads: 1);
            TorchRuntime.Prepare();
            torch.get_num_threads().Should().Be(1);
        }
        finally
        {
            torch.set_num_threads(before);
        }
        FluentActions.Invoking(() => TorchRuntime.Prepare(threads: 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("threads");
    }

    private static string RunChild(string variable, string value)
    {
        var (code, output) = ChildProgram.Run(typeof(TorchRuntimeTests).Assembly.Location, environment =>
        {
            foreach (var name in s_decisions)
                environment.Remove(name);
            if (variable.Length > 0)
                environment[variable] = value;
        });
        code.Should().Be(0);
        return output;
    }
}
