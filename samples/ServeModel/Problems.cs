using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace VaeToolkit.Samples;

/// <summary>What is said where a request gets no answer: problem details (RFC 9457), whose detail says what would be right.</summary>
internal sealed class Problems(ServiceLimits limits, ILogger<Problems> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // Nobody is there any more to be told. Reading the body finds out before the token says so.
        if (httpContext.RequestAborted.IsCancellationRequested || exception is ConnectionResetException)
        {
            if (!httpContext.Response.HasStarted)
                httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var (status, detail) = exception switch
        {
            RefusedException refused => (refused.Status, refused.Message),
            BadHttpRequestException bad => (bad.StatusCode, null),
            _ => (StatusCodes.Status500InternalServerError, null),
        };
        if (status == StatusCodes.Status500InternalServerError)
            ServiceLog.Failed(logger, httpContext.Request.Path, exception);
        await Write(httpContext, status, detail);
        return true;
    }

    /// <summary>Answers a request with a problem.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status of the response.</param>
    /// <param name="detail">What would be right; null where the status tells enough.</param>
    public Task Write(HttpContext context, int status, string? detail = null)
    {
        if (status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "1";
        return TypedResults.Problem(detail ?? DetailOf(context.Request, status), statusCode: status).ExecuteAsync(context);
    }

    private string? DetailOf(HttpRequest request, int status)
        => status switch
        {
            StatusCodes.Status400BadRequest when HttpMethods.IsGet(request.Method) =>
                $"'{request.QueryString}' is not understood; count is a whole number from 1 to {limits.Items}, seed any of 64 bits",
            StatusCodes.Status400BadRequest => "the body ends before its length is reached",
            StatusCodes.Status404NotFound => $"there is no {request.Path}; there are {ModelEndpoints.All}",
            StatusCodes.Status405MethodNotAllowed => $"{request.Path} does not take {request.Method}; there are {ModelEndpoints.All}",
            StatusCodes.Status413PayloadTooLarge =>
                $"the body has more than {limits.BodyBytes} bytes; send fewer items, at most {limits.Items} at once",
            StatusCodes.Status503ServiceUnavailable => string.Create(
                CultureInfo.InvariantCulture, $"this took longer than {limits.Time.TotalSeconds} s; ask again, or for less"),
            StatusCodes.Status500InternalServerError => "the service is at fault, not the request; its log says more",
            _ => null,
        };
}
