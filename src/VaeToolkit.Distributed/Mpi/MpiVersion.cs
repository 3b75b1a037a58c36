using System.Globalization;
using System.Text.RegularExpressions;

namespace VaeToolkit.Distributed;

/// <summary>Which MPI a library is, by what it says of itself.</summary>
internal static partial class MpiVersion
{
    // Versions whose handles are addresses of exported objects, under one name of the shared library (libmpi.so.40).
    private const int Oldest = 3;
    private const int Newest = 5;

    /// <exception cref="NotSupportedException">It is no Open MPI, or one of a version that is not known.</exception>
    internal static void Require(string text, string path)
    {
        var first = text.Split('\n', 2)[0].Trim('\0', ' ', '\r');
        if (OpenMpi().Match(text) is not { Success: true } match)
            throw new NotSupportedException($"{path} is {Name(text, first)}, whose binary interface is another than Open MPI's. {Install}");
        if (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is < Oldest or > Newest)
            throw new NotSupportedException(FormattableString.Invariant(
                $"{path} is '{first}'; this library knows the binary interface of Open MPI {Oldest} to {Newest}. {Install}"));
    }

    /// <summary>What to install.</summary>
    internal static string Install => "Install Open MPI (Debian and Ubuntu: apt-get install openmpi-bin; macOS: brew install "
        + "open-mpi), and start the ranks with its mpirun";

    private static string Name(string text, string first)
        => (text.Contains("MPICH", StringComparison.OrdinalIgnoreCase) ? "MPICH, "
            : text.Contains("Intel", StringComparison.OrdinalIgnoreCase) ? "Intel MPI, " : "") + $"'{first}'";

    [GeneratedRegex(@"^Open MPI v(\d+)\.")]
    private static partial Regex OpenMpi();
}
