namespace VaeToolkit.Reports;

/// <summary>The page's style sheet.</summary>
internal static class StyleSheet
{
    private static readonly Lazy<string> s_text = new(Read);

    public static string Text => s_text.Value;

    private static string Read()
    {
        using var reader = new StreamReader(typeof(StyleSheet).Assembly.GetManifestResourceStream("StyleSheet.css")!);
        return reader.ReadToEnd();
    }
}
