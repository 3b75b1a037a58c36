using System.Collections;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>What a model's objects hold beside parts: data, which are not gone through, and results of tasks.</summary>
public sealed class UnregisteredDataTests
{
    [Fact]
    public void Data_that_hold_no_part_by_their_type_are_not_gone_through()
    {
        using var model = new Keeping();
        UnregisteredParts.Findings(model).Select(text => text.Split('\'')[1]).Should().BeEquivalentTo(
            "_byName[x][1]", "_chained.Next.Layer", "_loose[1]", "_grid[1]");
    }

    [Fact]
    public void What_a_task_has_come_to_is_found()
    {
        using var model = new Waiting();
        UnregisteredParts.Findings(model).Select(text => text.Split('\'')[1]).Should().BeEquivalentTo("_made", "_awaited");
    }

    private enum Colour
    {
        Red,
    }

    // Enumerating it would be an error. By its own field it may hold anything, so what it is of decides.
    private sealed class Closed<T> : ICollection<T>
    {
        public object Owner { get; init; } = "";

        public int Count => 5_000_000;

        public bool IsReadOnly => true;

        public void Add(T item) => throw new NotSupportedException();

        public void Clear() => throw new NotSupportedException();

        public bool Contains(T item) => throw new NotSupportedException();

        public void CopyTo(T[] array, int arrayIndex) => throw new NotSupportedException();

        public bool Remove(T item) => throw new NotSupportedException();

        public IEnumerator<T> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => throw new NotSupportedException();
    }

    private sealed record Word(string Text, int[] Places, DateTime? Seen, Word? Next);

    private sealed class Link(Link? next, Linear? layer)
    {
        public Link? Next { get; } = next;

        public Linear? Layer { get; } = layer;
    }

    private sealed class Keeping : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Closed<(int, int)> _pairs = new();
        private readonly Closed<(string, decimal, Guid)> _rows = new();
        private readonly Closed<KeyValuePair<string, double[]>> _named = new();
        private readonly Closed<Tuple<int, string?>> _tuples = new();
        private readonly Closed<Word> _words = new();
        private readonly Closed<Colour?> _colours = new();
        private readonly Closed<(string, Word)[]> _tables = new();
        private readonly Dictionary<string, (int, Linear)> _byName = new() { ["x"] = (1, torch.nn.Linear(1, 1)) };
        private readonly Link _chained = new(new Link(null, torch.nn.Linear(1, 1)), null);
        private readonly List<object> _loose = [3, torch.nn.Linear(1, 1), "text"];
        private readonly Linear?[,] _grid = new Linear?[1, 2];

        public Keeping()
            : base(nameof(Keeping)) => _grid[0, 1] = torch.nn.Linear(1, 1);

        public override torch.Tensor forward(torch.Tensor input)
            => input + _pairs.Count + _rows.Count + _named.Count + _tuples.Count + _words.Count + _colours.Count + _tables.Count;

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            foreach (var module in new[] { _byName["x"].Item2, _chained.Next!.Layer!, (Linear)_loose[1], _grid[0, 1]! })
                module.Dispose();
        }
    }

    private sealed class Waiting : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Task<Linear> _made = Task.FromResult(torch.nn.Linear(1, 1));
        private readonly Task<Linear> _awaited = Make();
        private readonly TaskCompletionSource<Linear> _source = new();
        private readonly Task<Linear> _pending;
        private readonly Task<Linear> _failed = Task.FromException<Linear>(new InvalidOperationException());

        public Waiting()
            : base(nameof(Waiting))
        {
            _pending = _source.Task;
            _awaited.Wait();
        }

        public override torch.Tensor forward(torch.Tensor input)
            => _pending.IsCompleted || !_failed.IsFaulted ? input : _awaited.Result.forward(_made.Result.forward(input));

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            _made.Result.Dispose();
            _awaited.Result.Dispose();
        }

        private static async Task<Linear> Make()
        {
            await Task.Yield();
            return torch.nn.Linear(1, 1);
        }
    }
}
