using VaeToolkit;
using VaeToolkit.Onnx;

namespace Documentation.Pages;

internal static class OnnxPackage
{
    public static void Program()
    {
        #region
        TorchRuntime.Prepare(Environment.ProcessorCount);
        using var vae = new Vae(
            new MlpEncoder(784, latentSize: 8, hidden: [128]),
            new MlpDecoder(latentSize: 8, hidden: [128], ObservationModel.Bernoulli(784)),
            new StandardNormalPrior(8));
        foreach (var file in vae.ExportOnnx("exported"))
            Console.WriteLine(file);
        #endregion
    }
}
