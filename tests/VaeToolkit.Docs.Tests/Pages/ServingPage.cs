using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using TorchSharp;
using VaeToolkit;

namespace Documentation.Pages;

internal static class ServingPage
{
    public static void Ask(torch.Tensor images)
    {
        #region
        using var vae = Vae.Load("digits");                  // or one that was just trained
        using var frozen = vae.Freeze();                     // a copy that never changes

        using var scope = torch.NewDisposeScope();           // in every request: what it makes goes with it
        var pictures = frozen.Sample(16, seed: 7);           // [16, 1, 28, 28]
        byte[] png = ImageGrid.ToPng(pictures, columns: 4);
        double[] logLikelihood = frozen.LogLikelihood(images, new() { Samples = 100, Seed = 1 });
        #endregion
    }

    public static void Serve(string[] args)
    {
        #region
        TorchRuntime.Prepare(threads: 1);
        using var model = FrozenVae.Own(Vae.Load("digits"));
        var app = WebApplication.Create(args);
        app.MapGet("/sample", (int count, long seed) =>
        {
            using var scope = torch.NewDisposeScope();
            return Results.Bytes(ImageGrid.ToPng(model.Sample(Math.Clamp(count, 1, 64), seed)), "image/png");
        });
        app.Run();
        #endregion
    }
}
