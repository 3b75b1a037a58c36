using System.Runtime.InteropServices;

namespace TorchSharp.Tests;

/// <summary>A native error is an exception with libtorch's words, and what comes after it works.</summary>
public sealed class ErrorTests
{
    private static readonly Dictionary<string, (Action Call, string Message)> s_native = new()
    {
        ["mm"] = (() => ones(2, 3).mm(ones(2, 3)), "*2x3 and 2x3*"),
        ["bmm"] = (() => ones(2, 3).bmm(ones(2, 3)), "*3D*"),
        ["add"] = (() => ones(2).add(ones(3)), "*must match*"),
        ["reshape"] = (() => ones(4).reshape(3, 3), "*invalid for input of size 4*"),
        ["view"] = (() => ones(4, 4).t().view(16), "*view*"),
        ["index_select"] = (() => ones(3).index_select(0, tensor([5L])), "*out of range*"),
        ["select"] = (() => ones(3).select(0, 9), "*out of range*"),
        ["einsum"] = (() => einsum("ij,jk->ik", ones(2, 3), ones(2, 3)), "*"),
        ["einsum_text"] = (() => einsum("nonsense->", ones(2)), "*"),
        ["linear"] = (() => functional.linear(ones(2, 3), ones(4, 5)), "*cannot be multiplied*"),
        ["conv2d"] = (() => functional.conv2d(ones(1, 1, 8, 8), ones(3, 2, 3, 3)), "*channels*"),
        ["cross_entropy"] = (() => functional.cross_entropy(ones(2, 3), tensor([0L, 7L])), "*out of bounds*"),
        ["mean_of_whole_numbers"] = (() => arange(3).mean(), "*floating point*"),
        ["cat"] = (() => cat([ones(2, 2), ones(3, 3)]), "*"),
        ["negative_size"] = (() => empty(-1), "*negative*"),
        ["logsumexp_dim"] = (() => ones(2).logsumexp(3), "*out of range*"),
        ["multinomial"] = (() => zeros(3).multinomial(1), "*"),
        ["bernoulli"] = (() => full(2, 7.0).bernoulli(), "*"),
        ["normal_deviation"] = (() => empty(2).normal_(0, -1), "*"),
        ["huge"] = (() => empty((long[])[1L << 50]), "*"),
        ["fans_of_a_vector"] = (() => init.xavier_uniform_(ones(3)), "*fewer than 2 dimensions*"),
        ["no_graph"] = (() => ones(1).backward(), "*does not require grad*"),
        ["gradient_of_whole_numbers"] = (() => arange(3).requires_grad_(), "*"),
    };

    public static TheoryData<string> Cases => new(s_native.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Native_errors_are_exceptions(string name)
    {
        using var scope = NewDisposeScope();
        var (call, message) = s_native[name];
        call.Should().Throw<ExternalException>().WithMessage(message);
        ones(2).sum().ToDouble().Should().Be(2, "the engine goes on");
    }

    [Fact]
    public void Errors_leak_no_tensors()
    {
        using var scope = NewDisposeScope();
        var (left, right) = (ones(2, 3), ones(2, 3));
        var before = (LiveTensors.Count(), scope.DisposablesCount);
        for (var i = 0; i < 100; i++)
            Swallow(() => left.mm(right));
        (LiveTensors.Count(), scope.DisposablesCount).Should().Be(before);
    }

    [Fact]
    public void Errors_on_several_threads_keep_their_own_words()
    {
        var messages = new string[4];
        Parallel.For(0, 4, n =>
        {
            for (var i = 0; i < 50; i++)
                messages[n] = Swallow(() => ones(n + 2).reshape(n + 10));
        });
        for (var n = 0; n < 4; n++)
            messages[n].Should().Contain($"[{n + 10}]").And.Contain($"size {n + 2}");
    }

    [Fact]
    public void Wrong_arguments_are_told_before_libtorch_sees_them()
    {
        using var scope = NewDisposeScope();
        Refused<ArgumentException>(() => cat(new List<Tensor>()));
        Refused<ArgumentException>(() => ones(2).item<float>());
        Refused<ArgumentException>(() => ones(1).item<double>());
        Refused<ArgumentException>(() => Conv2d(2, 3, 3).forward(ones(1, 1, 8, 8)));
    }

    private static void Refused<T>(Action action)
        where T : Exception => action.Should().Throw<T>();

    private static string Swallow(Action action)
    {
        try
        {
            action();
            return "";
        }
        catch (ExternalException e)
        {
            return e.Message;
        }
    }
}
