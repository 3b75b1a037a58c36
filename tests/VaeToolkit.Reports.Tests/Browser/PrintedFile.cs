using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace VaeToolkit.Reports.Tests.Browser;

/// <summary>A PDF file as Chromium writes it: streams of drawing commands, deflated.</summary>
internal static partial class PrintedFile
{
    /// <summary>The different colours that something is filled with, each as three numbers from 0 to 1.</summary>
    public static IReadOnlyCollection<string> Fills(byte[] pdf)
    {
        var (text, fills) = (Encoding.Latin1.GetString(pdf), new HashSet<string>());
        foreach (Match stream in Stream().Matches(text))
        {
            using var source = new MemoryStream(Encoding.Latin1.GetBytes(stream.Groups[1].Value));
            using var inflated = new ZLibStream(source, CompressionMode.Decompress);
            using var reader = new StreamReader(inflated, Encoding.Latin1);
            fills.UnionWith(Fill().Matches(reader.ReadToEnd()).Select(fill => fill.Groups[1].Value));
        }
        return fills;
    }

    [GeneratedRegex("/Filter /FlateDecode[^>]*>>\\s*stream\\r?\\n(.*?)\\r?\\nendstream", RegexOptions.Singleline)]
    private static partial Regex Stream();

    [GeneratedRegex("((?:[01]?\\.?\\d* ){3})rg")]
    private static partial Regex Fill();
}
