using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VaeToolkit.Samples;

/// <summary>The web application: what comes before and after the endpoints.</summary>
internal static class Service
{
    /// <param name="model">The model; it stays the caller's, and must outlive the service.</param>
    /// <param name="limits">What a client may ask.</param>
    /// <param name="port">A port of this machine, on which alone the service listens; 0 takes a free one.</param>
    public static WebApplication Build(ServedModel model, ServiceLimits limits, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // That a request took too long is the client's to know, and no fault to be traced.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Http.Timeouts", LogLevel.None);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = limits.BodyBytes;
            server.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddSingleton(limits).AddSingleton<WorkGate>();
        builder.Services.ConfigureHttpJsonOptions(json => Strict(json.SerializerOptions));
        // A query that cannot be read is an exception like others, so that one place words the answer.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<Problems>().AddSingleton<Problems>();
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new()
        {
            Timeout = limits.Time,
            WriteTimeoutResponse = context
                => context.RequestServices.GetRequiredService<Problems>().Write(context, StatusCodes.Status503ServiceUnavailable),
        });

        var app = builder.Build();
        var problems = app.Services.GetRequiredService<Problems>();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(status => problems.Write(status.HttpContext, status.HttpContext.Response.StatusCode));
        app.UseRequestTimeouts();
        app.MapPage();
        app.MapModel(model, app.Services.GetRequiredService<WorkGate>(), limits);
        return app;
    }

    /// <summary>Requests are read as they are meant or not at all.</summary>
    private static void Strict(JsonSerializerOptions options)
    {
        options.MaxDepth = 8;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
    }
}
