using TorchSharp;
using VaeToolkit.Contract.Tests;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.DeepSurvival;

namespace VaeToolkit.Onnx.Tests.Families;

/// <summary>The files of a survival model beside the model.</summary>
internal static class SavaeReference
{
    public static void Require(Savae model, TemporaryFolder folder)
    {
        var paths = model.ExportOnnx(folder.Folder).ToDictionary(path => Path.GetFileNameWithoutExtension(path));
        var few = SurvivalEntries.Items(Place.Usual);
        var x = few.repeat((Agreement.Items / few.shape[0]) + 1, 1).narrow(0, 0, Agreement.Items);
        var posterior = (DiagonalNormal)model.Encode(x);
        Agreement.Require(
            paths["encoder"], new Dictionary<string, torch.Tensor> { ["x"] = x },
            new Dictionary<string, torch.Tensor> { ["mean"] = posterior.Mean, ["log_variance"] = posterior.LogVariance });
        var (z, inputs) = PriorReference.Draw(model.Prior, Agreement.Items);
        var covariates = model.Decode(z);
        Agreement.Require(
            paths["sampler"], inputs, new Dictionary<string, torch.Tensor> { ["z"] = z, ["mean"] = covariates.Mean });
        using (var decoder = new OnnxRun(paths["decoder"]))
        {
            var numbers = decoder.Declared("variance").Shape[1];
            Agreement.Require(paths["decoder"], new Dictionary<string, torch.Tensor> { ["z"] = z }, new Dictionary<string, torch.Tensor>
            {
                ["mean"] = covariates.Mean,
                ["variance"] = covariates.Variance.narrow(1, 0, numbers),
            });
        }
        var code = torch.tensor(model.Treatments.Code(1), torch.float32).expand(Agreement.Items, model.Treatments.CodeWidth);
        var times = model.TimesUnder(1, z);
        var given = new Dictionary<string, torch.Tensor> { ["z"] = z, ["t"] = code };
        Agreement.Require(paths["survival"], given, new Dictionary<string, torch.Tensor>
        {
            ["log_scale"] = times.LogScale.unsqueeze(1),
            ["shape"] = times.Shape.unsqueeze(1),
        });
    }
}
