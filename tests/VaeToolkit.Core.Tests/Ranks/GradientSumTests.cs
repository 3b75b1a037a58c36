using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Ranks;

/// <summary>How gradients are added up over ranks.</summary>
public sealed class GradientSumTests
{
    // 15 numbers of three float32 parameters, whether there is a gradient of each, and two messages; 4 + 1 + 2 of the float64 one.
    [Theory]
    [InlineData(1, 20 + 7)]
    [InlineData(3, 7 + 3)]
    [InlineData(4, 5 + 2)]
    [InlineData(19, 2 + 1)]
    [InlineData(20, 1 + 1)]
    [InlineData(1 << 27, 1 + 1)]
    [InlineData(1, 20 + 7, DeviceType.CPU)]
    [InlineData(4, 5 + 2, DeviceType.CPU)]
    [InlineData(1 << 27, 1 + 1, DeviceType.CPU)]
    [InlineData(1 << 27, 1 + 1, DeviceType.CUDA)]
    public void What_is_longer_than_one_sum_may_be_is_summed_part_by_part_to_the_same_numbers(
        int mostAtOnce, int sums, DeviceType? reached = null)
    {
        using var scope = torch.NewDisposeScope();
        var parameters = Parameters();
        var own = parameters.Select(parameter => parameter.grad?.clone()).ToArray();
        using var sum = new GradientSum(parameters, mostAtOnce);
        var exchange = new AlikeRanks(3, mostAtOnce, reached);
        for (var step = 1; step <= 2; step++)
        {
            sum.Exchange(exchange, failed: false, stops: false).Should().Be((false, false, true));
            exchange.Sums.Should().Be(step * sums);
            exchange.Devices.Should().HaveCount(reached == DeviceType.CPU ? step * sums : 0);
            var power = Math.Pow(3, step);
            for (var i = 0; i < own.Length; i++)
            {
                (parameters[i].grad is null).Should().Be(own[i] is null);
                own[i]?.mul(power).equal(parameters[i].grad!).all().ToBoolean().Should().BeTrue($"parameter {i}");
            }
        }
        sum.Exchange(exchange, failed: false, stops: true).Should().Be((false, true, true));
        sum.Exchange(exchange, failed: true, stops: false).Should().Be((true, false, false));
    }

    [Fact]
    public void Gradients_stay_on_a_device_that_an_exchange_reaches()
    {
        // Tensors there have no numbers: what copies them to the host fails.
        using var parameter = new Parameter(torch.zeros(3, device: torch.META)) { grad = torch.zeros(3, device: torch.META) };
        using var sum = new GradientSum([parameter]);
        var reaching = new AlikeRanks(2, 6, DeviceType.META);
        var byHost = new AlikeRanks(2, 6);
        foreach (var exchange in new[] { reaching, byHost })
            sum.Invoking(each => each.Exchange(exchange, failed: false, stops: false)).Should().Throw<ExternalException>();
        reaching.Devices.Should().Equal(DeviceType.META);
        byHost.Sums.Should().Be(0);
    }

    [Fact]
    public void A_half_precision_parameter_is_refused()
    {
        using var half = new Parameter(torch.zeros(2, dtype: torch.float16));
        FluentActions.Invoking(() => new GradientSum([half])).Should().Throw<NotSupportedException>().WithMessage("*Float16*");
    }

    // Sums of small whole numbers are exact.
    private static List<Parameter> Parameters()
    {
        Parameter Of(long[] shape, torch.ScalarType type, int? first)
        {
            var parameter = new Parameter(torch.zeros(shape, type));
            if (first is { } start)
                parameter.grad = torch.arange(start, start + parameter.numel(), dtype: type).reshape(shape);
            return parameter;
        }
        return
        [
            Of([5], torch.float32, 1), Of([3], torch.float32, null), Of([2, 2], torch.float64, 200), Of([7, 1], torch.float32, -3),
        ];
    }

    /// <summary>Rank 0 of some that all have the same.</summary>
    private sealed class AlikeRanks(int ranks, int most, DeviceType? reached = null) : IDeviceExchange
    {
        public int Sums { get; private set; }

        /// <summary>Where the tensors were that have come, and not their numbers.</summary>
        public List<DeviceType> Devices { get; } = [];

        public int Rank => 0;

        public int Size => ranks;

        public void AllReduce(Span<float> values)
        {
            Counted(values.Length);
            foreach (ref var value in values)
                value *= ranks;
        }

        public void AllReduce(Span<double> values)
        {
            Counted(values.Length);
            foreach (ref var value in values)
                value *= ranks;
        }

        public bool Reaches(torch.Device device) => device.type == reached;

        public void AllReduce(torch.Tensor values)
        {
            Counted((int)values.numel());
            Devices.Add(values.device.type);
            values.mul_(ranks);
        }

        public void Broadcast(Span<byte> values, int root)
        {
        }

        public void Barrier()
        {
        }

        public void Abort(string message) => throw new InvalidOperationException(message);

        private void Counted(int length)
        {
            length.Should().BeInRange(1, most);
            Sums++;
        }
    }
}
