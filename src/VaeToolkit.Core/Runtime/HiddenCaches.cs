using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace VaeToolkit;

/// <summary>
/// Keeps libtorch's convolutions right on virtual machines that hide the processor's caches. oneDNN 3.7, of libtorch 2.10, takes the first
/// cache's size for 0 there, puts weights and items into another order for its sake, and neither clears nor leaves alone what it should
/// when channels are no multiple of a vector: results are wrong by their own size, or NaN, without a word. With instructions up to SSE4.1
/// it has no such order, and convolutions are right and take some three times as long.
/// </summary>
internal static class HiddenCaches
{
    private const string Instructions = "ONEDNN_MAX_CPU_ISA";
    private const string FormerInstructions = "DNNL_MAX_CPU_ISA";

    // CPUID: leaf 4 of Intel's and 0x8000001D of AMD's processors describe one cache in each subleaf; the type of none is 0.
    private const int IntelCaches = 4;
    private const int AmdCaches = unchecked((int)0x8000001D);
    private const int LastExtendedLeaf = unchecked((int)0x80000000);
    private const int TypeOfCache = 0x1F;

    // "cAMD", the end of AuthenticAMD.
    private const int AmdVendor = 0x444D4163;

    /// <summary>What CPUID says in EAX, EBX, ECX and EDX of a leaf's first subleaf.</summary>
    internal delegate (int Eax, int Ebx, int Ecx, int Edx) Identification(int leaf);

    /// <summary>
    /// Has oneDNN keep to instructions that are right, where that is needed and the user has not chosen. oneDNN reads the choice at its
    /// first operator, so it is made when this assembly is first used, whether or not <see cref="TorchRuntime.Prepare"/> is called.
    /// </summary>
#pragma warning disable CA2255 // The rule is for what a program may want at another time; nobody wants wrong convolutions until then.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void KeepConvolutionsRight()
    {
        if (AreHiddenHere() && Environment.GetEnvironmentVariable(FormerInstructions) is null)
            NativeEnvironment.SetUnlessSet(Instructions, "SSE41");
    }

    /// <summary>
    /// Has libtorch leave out NNPACK, another library of convolutions, which works nowhere without the caches' sizes: each convolution of
    /// fewer than 16 pictures would ask for it again and write a line of warning.
    /// </summary>
    internal static void LeaveOutNnpack()
    {
        if (!OperatingSystem.IsLinux() || !AreHiddenHere())
            return;
        try
        {
            // C++ names, since neither TorchSharp nor libtorch's C interface has this switch.
            SetUserEnabledNnpack(GlobalContext(), 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another libtorch: the warnings are all that it costs.
        }
    }

    private static bool AreHiddenHere() => X86Base.IsSupported && AreHidden(leaf => X86Base.CpuId(leaf, 0));

    /// <summary>Whether a processor, or who answers for it, describes no cache.</summary>
    internal static bool AreHidden(Identification identify)
    {
        var (last, _, vendor, _) = identify(0);
        // A processor that is too old to have the leaf is looked at in another way by oneDNN.
        return vendor == AmdVendor
            ? (uint)identify(LastExtendedLeaf).Eax >= unchecked((uint)AmdCaches) && HasNone(AmdCaches)
            : last >= IntelCaches && HasNone(IntelCaches);

        bool HasNone(int leaf) => (identify(leaf).Eax & TypeOfCache) == 0;
    }

    [DllImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern nint GlobalContext();

    [DllImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern void SetUserEnabledNnpack(nint context, byte enabled);
}
