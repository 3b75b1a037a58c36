using System.Runtime.InteropServices;
using System.Text;

namespace VaeToolkit;

/// <summary>Environment variables for native code, which on Linux and macOS does not see what .NET sets for itself.</summary>
internal static class NativeEnvironment
{
    /// <summary>Sets a variable unless the user has. It changes only how libtorch works, so failing to is no error.</summary>
    public static void SetUnlessSet(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is not null)
            return;
        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(name, value);
            return;
        }
        try
        {
            // The last 0: what is already in the C environment stays.
            _ = setenv(CString(name), CString(value), 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library.
        }
    }

    private static byte[] CString(string text) => Encoding.UTF8.GetBytes(text + '\0');

    // Bytes, since only they need no marshalling choice.
    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv(byte[] name, byte[] value, int overwrite);
}
