namespace VaeToolkit.Samples;

/// <summary>The page's files, which are in the assembly.</summary>
internal static class PageEndpoints
{
    // Nothing comes from elsewhere, and nobody frames it.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data: blob:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPage(this WebApplication app)
    {
        Map("/", "index.html", "text/html; charset=utf-8");
        Map("/page.css", "page.css", "text/css; charset=utf-8");
        foreach (var script in new[] { "page.js", "drawing.js", "charts.js" })
            Map("/" + script, script, "text/javascript; charset=utf-8");

        void Map(string path, string file, string type)
        {
            var bytes = Read(file);
            app.MapGet(path, (HttpResponse response) =>
            {
                response.Headers.ContentSecurityPolicy = Policy;
                response.Headers.XContentTypeOptions = "nosniff";
                response.Headers.CacheControl = "no-cache";
                return TypedResults.Bytes(bytes, type);
            });
        }
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream(file)
            ?? throw new FileNotFoundException($"{file} is not in the assembly");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
