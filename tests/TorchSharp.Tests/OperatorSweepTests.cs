namespace TorchSharp.Tests;

/// <summary>Every one-line operator against what PyTorch answers, its gradient too.</summary>
public sealed class OperatorSweepTests
{
    private const double Tolerance = 1e-10;
    private static readonly Fixture s_numbers = new("operators");

    public static TheoryData<string> Names => new(OperatorTable.Calls.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Result_and_gradient_are_those_of_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(name);
        var results = OperatorTable.Calls[name](inputs);
        for (var i = 0; s_numbers.Contains($"{name}/out{i}"); i++)
            results[i].ShouldBe(s_numbers[$"{name}/out{i}"], Tolerance, $"of result {i}");
        if (!inputs.Where((_, i) => s_numbers.Contains($"{name}/grad{i}")).Any())
            return;
        (results[0] * results[0]).sum().div(2.0).backward();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (s_numbers.Contains($"{name}/grad{i}"))
                inputs[i].grad!.ShouldBe(s_numbers[$"{name}/grad{i}"], Tolerance, $"of the gradient of input {i}");
        }
    }

    private static Tensor[] Inputs(string name)
        => [.. Enumerable.Range(0, 8).Select(i => $"{name}/in{i}").Where(s_numbers.Contains).Select(Input)];

    private static Tensor Input(string key)
    {
        var tensor = s_numbers[key];
        return tensor.requires_grad_(tensor.is_floating_point());
    }
}
