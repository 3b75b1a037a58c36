using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace VaeToolkit.Samples;

/// <summary>
/// Reads the JSON of a request. A handler's parameters could do so too, but would go on after the request's time is over, and word what is
/// wrong for programmers.
/// </summary>
internal static class Body
{
    private const string Right = "send an object such as {\"items\": [[0, 1, …]]}, or {\"codes\": …} for latent vectors";

    /// <exception cref="RefusedException">The body is of another type, or is no such JSON.</exception>
    /// <exception cref="BadHttpRequestException">It is too large, or ends too early.</exception>
    public static async Task<T> Read<T>(HttpRequest request, CancellationToken stop)
    {
        if (!request.HasJsonContentType() || !IsUtf8(request))
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                $"the body's Content-Type is '{request.ContentType}'; send JSON in UTF-8, with application/json");
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, OptionsOf(request), stop)
                ?? throw RefusedException.Wrong("the body is null; " + Right);
        }
        catch (JsonException e)
        {
            throw RefusedException.Wrong(
                $"the body is no such JSON as {request.Path} takes: at {e.Path ?? "$"}, line {e.LineNumber + 1 ?? 1}, byte "
                + $"{e.BytePositionInLine + 1 ?? 1}; " + Right);
        }
    }
    // JSON has no other encoding (RFC 8259).
    private static bool IsUtf8(HttpRequest request)
        => request.GetTypedHeaders().ContentType is { } type
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    // The framework's own reading looks at the charset once more, and takes one that it does not know, even in quotes, for a fault of ours.
    private static JsonSerializerOptions OptionsOf(HttpRequest request)
        => request.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
}
