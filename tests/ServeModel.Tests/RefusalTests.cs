using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace VaeToolkit.Samples.Tests;

/// <summary>What is refused, with which status, and that a sentence says what would be right.</summary>
[Collection(OneService.Name)]
public sealed class RefusalTests(RunningService service)
{
    private static readonly string s_zeros = "[" + string.Join(",", Enumerable.Repeat("0", 784)) + "]";

    private static readonly byte[] s_likely = [.. "0123456789-+eE.,:[]{}\"ax\0"u8, 0xff];

    public static TheoryData<string, string, string> Bodies => new()
    {
        { "/reconstruct", "{\"items\":[]}", "'items' has 0 rows; send 1 to 64 at once" },
        { "/reconstruct", Items(Enumerable.Repeat(s_zeros, 65)), "'items' has 65 rows; send 1 to 64 at once" },
        { "/latent", "{\"items\":[[0,1,0]]}", "'items[0]' has 3 numbers; this model's have 784" },
        { "/latent", Items([s_zeros, "null"]), "'items[1]' has 0 numbers; this model's have 784" },
        { "/latent", Items([Beginning("0,1e999")]), "'items[0][1]' is Infinity; it must be finite" },
        { "/latent/decode", "{\"codes\":[[0,0,0]]}", "'codes[0]' has 3 numbers; this model's have 4" },
        { "/latent/decode", "{\"codes\":[[0,0,0,-100.5]]}", "'codes[0][3]' is -100.5; it must be between -100 and 100" },
        { "/score", Items([Beginning("0,2")]), "Bernoulli pixels must be in [0, 1], these are in [0, 2]" },
        { "/score", "{\"items\":[[NaN]]}", "at $.items[0][0], line 1, byte 12; send an object such as {\"items\": [[0, 1, …]]}" },
        { "/score", "{\"items\":[[\"NaN\"]]}", "at $.items[0][0], line 1" },
        { "/score", "{\"items\":[[0,\n\"0.5\"]]}", "at $.items[0][1], line 2" },
        { "/score", "{\"items\":[[0,1", "line 1, byte 15" },
        { "/score", "{\"items\":\"iVBORw0KGgo=\"}", "at $.items, line 1" },
        { "/score", "{\"items\":null}", "at $.items, line 1" },
        { "/score", "{\"items\":[[0]],\"other\":1}", "at $.other, line 1" },
        { "/score", "{\"items\":[[0]],\"items\":[[1]]}", "line 1" },
        { "/score", "{}", "at $, line 1" },
        { "/score", "[[0]]", "at $, line 1" },
        { "/score", "{\"items\":[[[[[[[[[0]]]]]]]]]}", "at $.items[0]" },
        { "/score", "null", "the body is null; send an object" },
        { "/score", "", "send an object" },
        { "/score", "\u0089PNG\r\n\u001a\n", "line 1, byte 1" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_wrong_body_is_refused(string path, string body, string sentence)
    {
        using var response = await Send(path, Encoding.Latin1.GetBytes(body));
        await IsProblem(response, HttpStatusCode.BadRequest, sentence);
    }

    [Theory]
    [InlineData("count=0", "'count' is 0; ask for 1 to 64 at once")]
    [InlineData("count=65", "'count' is 65; ask for 1 to 64 at once")]
    [InlineData("count=-1", "'count' is -1; ask for 1 to 64 at once")]
    [InlineData("count=999999999999", "'?count=999999999999' is not understood; count is a whole number from 1 to 64")]
    [InlineData("count=many", "'?count=many' is not understood; count is a whole number from 1 to 64")]
    [InlineData("seed=0.5", "'?seed=0.5' is not understood; count is a whole number from 1 to 64, seed any of 64 bits")]
    public async Task A_wrong_query_is_refused(string query, string sentence)
    {
        using var response = await service.Client.GetAsync(new Uri("/sample?" + query, UriKind.Relative));
        await IsProblem(response, HttpStatusCode.BadRequest, sentence);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/json; charset=nothing")]
    [InlineData("application/json; charset=utf-7")]
    [InlineData("application/json; charset=\"\"")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_body_of_another_type_is_refused(string type)
    {
        using var response = await Send("/score", [1, 2, 3], type);
        await IsProblem(response, HttpStatusCode.UnsupportedMediaType, $"the body's Content-Type is '{type}'; send JSON in UTF-8");
    }

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/problem+json")]
    public async Task JSON_may_say_that_it_is_UTF_8(string type)
    {
        using var response = await Send("/latent/decode", "{\"codes\": [[0, 0, 0, 0]]}"u8.ToArray(), type);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_resets_its_connection_is_no_fault_of_the_service()
    {
        var log = new Counted();
        var context = new DefaultHttpContext();
        (await new Problems(new(), log).TryHandleAsync(context, new ConnectionResetException("reset by peer"), default)).Should().BeTrue();
        context.Response.StatusCode.Should().Be(StatusCodes.Status499ClientClosedRequest);
        log.Lines.Should().Be(0);
    }

    [Fact]
    public async Task Whatever_is_asked_is_no_fault_of_the_service_which_goes_on()
    {
        (await RoughTest.Run(service.Address, itemSize: 784, latentSize: 4, requests: 400, clients: 16)).Should().Be(0);
        using var response = await Send("/latent/decode", "{\"codes\": [[0, 0, 0, 0]]}"u8.ToArray(), "application/json");
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var response = await Send("/score", new byte[(1 << 20) + 1]);
        await IsProblem(response, HttpStatusCode.RequestEntityTooLarge, "the body has more than 1048576 bytes; send fewer items");
    }

    [Theory]
    [InlineData("/latents", HttpStatusCode.NotFound, "there is no /latents; there are GET /, /health")]
    [InlineData("/latent", HttpStatusCode.MethodNotAllowed, "/latent does not take GET; there are GET /, /health")]
    public async Task Other_paths_and_methods_are_refused(string path, HttpStatusCode status, string sentence)
    {
        using var response = await service.Client.GetAsync(new Uri(path, UriKind.Relative));
        await IsProblem(response, status, sentence);
    }

    [Fact]
    public async Task Numbers_that_overflow_in_the_model_are_the_requests_fault()
    {
        var huge = new ItemsRequest([.. Enumerable.Range(0, 2).Select(i => Enumerable.Repeat(i == 0 ? 3e38f : -3e38f, 784).ToArray())]);
        foreach (var path in new[] { "/latent", "/reconstruct" })
        {
            using var response = await service.Client.PostAsJsonAsync(path, huge);
            await IsProblem(response, HttpStatusCode.BadRequest, "the model has no finite answer to these numbers");
        }
    }

    [Fact]
    public async Task No_damaged_request_is_the_services_fault()
    {
        var random = new Random(5);
        var good = Encoding.UTF8.GetBytes(Items([s_zeros]));
        var seen = new HashSet<HttpStatusCode>();
        for (var i = 0; i < 300; i++)
        {
            var body = good.ToArray();
            for (var change = random.Next(1, 5); change > 0; change--)
                body[random.Next(3) == 0 ? random.Next(14) : random.Next(body.Length)] = s_likely[random.Next(s_likely.Length)];
            using var response = await Send("/score", body[..random.Next(body.Length / 2, body.Length + 1)]);
            seen.Add(response.StatusCode);
        }
        for (var i = 0; i < 100; i++)
        {
            // One digit becomes another or a letter: half of these are well formed.
            var body = good.ToArray();
            body[11 + 2 * random.Next(784)] = s_likely[random.Next(s_likely.Length)];
            using var response = await Send("/score", body);
            seen.Add(response.StatusCode);
        }
        seen.Should().BeSubsetOf([HttpStatusCode.OK, HttpStatusCode.BadRequest]).And.HaveCount(2);
    }

    private static string Items(IEnumerable<string> rows) => $"{{\"items\":[{string.Join(",", rows)}]}}";

    private static string Beginning(string numbers) => $"[{numbers}{s_zeros[(1 + numbers.Count(c => c == ',') * 2 + 1)..]}";

    private async Task<HttpResponseMessage> Send(string path, byte[] body, string type = "application/json")
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        return await service.Client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    /// <summary>RFC 9457: type, title, status and detail, as application/problem+json.</summary>
    internal static async Task IsProblem(HttpResponseMessage response, HttpStatusCode status, string sentence)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, text);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("detail").GetString().Should().Contain(sentence).And.NotContain("Parameter");
        problem.GetProperty("status").GetInt32().Should().Be((int)status);
        problem.GetProperty("title").GetString().Should().NotBeNullOrEmpty();
        problem.GetProperty("type").GetString().Should().StartWith("http");
    }

    private sealed class Counted : ILogger<Problems>
    {
        public int Lines { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines++;
    }
}
