using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Tests.Storage;

/// <summary>Tensors of types that the format has and TorchSharp has not.</summary>
public sealed class SafeTensorsTypesTests
{
    [Theory]
    [InlineData("U16", 6)]
    [InlineData("U32", 12)]
    [InlineData("U64", 24)]
    [InlineData("C64", 24)]
    [InlineData("F8_E4M3", 3)]
    [InlineData("F8_E5M2", 3)]
    [InlineData("F8_E8M0", 3)]
    [InlineData("F4", 2)]
    [InlineData("F6_E2M3", 3)]
    public void The_other_tensors_are_read_and_this_one_is_refused_by_name_when_it_is_asked_for(string type, int bytes)
    {
        var (start, end) = (8, 8 + bytes);
        var header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + $"\"odd\":{{\"dtype\":\"{type}\",\"shape\":[3],\"data_offsets\":[{start},{end}]}},"
            + $"\"z\":{{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[{end},{end + 2}]}}}}";
        var content = SafeTensorsContent.With(header, 8 + bytes + 2);
        BitConverter.GetBytes(1.5f).CopyTo(content, content.Length - 8 - bytes - 2);
        (content[^2], content[^1]) = (7, 9);
        using var file = SafeTensorsContent.Read(content);
        file["a"].data<float>()[0].Should().Be(1.5f);
        file["z"].data<byte>().ToArray().Should().Equal(7, 9);
        file.Tensors.Keys.Should().BeEquivalentTo(["a", "z"]);
        file.UnreadableTypes.Should().ContainSingle().Which.Should().Be(KeyValuePair.Create("odd", type));
        FluentActions.Invoking(() => file["odd"]).Should().Throw<SafeTensorsException>()
            .WithMessage($"given.safetensors: the tensor is of type {type}, which cannot be read; it must be one of *F32*'odd'*");
        FluentActions.Invoking(() => file["none"]).Should().Throw<SafeTensorsException>().WithMessage("*no tensor of this name*");
        file.ToString().Should().Be("given.safetensors: 2 tensors, and 1 of types that cannot be read");
    }

    [Fact]
    public void A_model_whose_weight_has_such_a_type_is_refused_by_the_weights_name()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var vae = Model();
        vae.SaveWeights(folder["vae.safetensors"]);
        var content = File.ReadAllText(folder["vae.safetensors"], System.Text.Encoding.Latin1);
        var key = "\"encoder.head.bias\":{\"dtype\":\"F32\"";
        content.Should().Contain(key);
        File.WriteAllText(folder["odd.safetensors"], content.Replace(key, key.Replace("F32", "U32")), System.Text.Encoding.Latin1);
        FluentActions.Invoking(() => vae.LoadWeights(folder["odd.safetensors"])).Should().Throw<SafeTensorsException>()
            .WithMessage("*odd.safetensors: the tensor is of type U32, which cannot be read*'encoder.head.bias'*");
    }

    [Fact]
    public void Whole_numbers_in_place_of_weights_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var layer = torch.nn.Linear(2, 1);
        var path = folder["quantised.safetensors"];
        SafeTensors.Write(path, new Dictionary<string, torch.Tensor>
        {
            ["weight"] = torch.ones(1, 2),
            ["bias"] = torch.ones([1L], torch.uint8),
        });
        FluentActions.Invoking(() => PyTorchWeights.Load(layer, path)).Should().Throw<WeightsMismatchException>()
            .WithMessage("*whole numbers: bias is uint8, the model's float32");
        SafeTensors.Write(path, new Dictionary<string, torch.Tensor>
        {
            ["weight"] = torch.ones(1, 2),
            ["bias"] = torch.ones([1L], torch.float16),
        });
        PyTorchWeights.Load(layer, path);
        layer.bias!.ToSingle().Should().Be(1);
    }

    [Fact]
    public void A_model_whose_file_holds_such_a_tensor_beside_its_weights_is_refused_as_with_any_other()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        using var vae = Model();
        vae.SaveWeights(folder["vae.safetensors"]);
        var bytes = File.ReadAllBytes(folder["vae.safetensors"]);
        var length = (int)BitConverter.ToInt64(bytes);
        var header = System.Text.Encoding.UTF8.GetString(bytes, 8, length).TrimEnd();
        var data = bytes.Length - 8 - length;
        header = header[..^1] + $",\"more\":{{\"dtype\":\"U16\",\"shape\":[1],\"data_offsets\":[{data},{data + 2}]}}}}";
        File.WriteAllBytes(folder["more.safetensors"],
            [.. BitConverter.GetBytes((long)header.Length), .. System.Text.Encoding.UTF8.GetBytes(header), .. bytes[(8 + length)..], 0, 0]);
        FluentActions.Invoking(() => vae.LoadWeights(folder["more.safetensors"])).Should().Throw<WeightsMismatchException>()
            .WithMessage("*unexpected: more of type U16*");
    }

    private static Vae Model()
        => new(new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
}
