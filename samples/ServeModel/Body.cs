using System.Text.Json;

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
        if (!request.HasJsonContentType())
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                $"the body's Content-Type is '{request.ContentType}'; send JSON, with application/json");
        try
        {
            return await request.ReadFromJsonAsync<T>(stop) ?? throw RefusedException.Wrong("the body is null; " + Right);
        }
        catch (JsonException e)
        {
            throw RefusedException.Wrong(
                $"the body is no such JSON as {request.Path} takes: at {e.Path ?? "$"}, line {e.LineNumber + 1 ?? 1}, byte "
                + $"{e.BytePositionInLine + 1 ?? 1}; " + Right);
        }
    }
}
