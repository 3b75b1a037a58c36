namespace VaeToolkit.Molecules;

/// <summary>
/// Edmonds' algorithm: pairs of neighbours such that every required vertex is in one, where vertices that are only allowed may stay
/// alone.
/// </summary>
internal sealed class PerfectMatching(int count)
{
    private const int None = -1;

    private readonly bool[] _isRequired = new bool[count];
    private readonly bool[] _isAllowed = new bool[count];
    private readonly List<int>[] _neighbours = [.. Enumerable.Range(0, count).Select(_ => new List<int>(4))];
    private readonly int[] _mate = Filled(count);
    private readonly int[] _parent = Filled(count);
    private readonly int[] _base = Filled(count);
    private readonly bool[] _isOuter = new bool[count];
    private readonly Queue<int> _queue = [];

    public void Require(int vertex) => _isRequired[vertex] = true;

    public void Allow(int vertex) => _isAllowed[vertex] = true;

    /// <summary>Makes two vertices neighbours, where both are required or allowed.</summary>
    public void Join(int one, int other)
    {
        if (!Takes(one) || !Takes(other))
            return;
        _neighbours[one].Add(other);
        _neighbours[other].Add(one);
    }

    /// <summary>A required vertex that cannot have a partner together with the others, or null.</summary>
    public int? FindUnmatched()
    {
        for (var vertex = 0; vertex < _mate.Length; vertex++)
        {
            if (_isRequired[vertex] && _mate[vertex] == None)
                PairWithFree(vertex);
        }
        for (var vertex = 0; vertex < _mate.Length; vertex++)
        {
            if (_isRequired[vertex] && _mate[vertex] == None && !Augment(vertex))
                return vertex;
        }
        return null;
    }

    private bool Takes(int vertex) => _isRequired[vertex] || _isAllowed[vertex];

    private void PairWithFree(int vertex)
    {
        var free = _neighbours[vertex].FindIndex(other => _mate[other] == None && other != vertex);
        if (free >= 0)
            (_mate[vertex], _mate[_neighbours[vertex][free]]) = (_neighbours[vertex][free], vertex);
    }

    private bool Augment(int root)
    {
        Array.Fill(_parent, None);
        Array.Clear(_isOuter);
        for (var i = 0; i < _base.Length; i++)
            _base[i] = i;
        _queue.Clear();
        MakeOuter(root);
        while (_queue.TryDequeue(out var at))
        {
            foreach (var next in _neighbours[at])
            {
                if (_base[at] == _base[next] || _mate[at] == next)
                    continue;
                if (next == root || (_mate[next] != None && _parent[_mate[next]] != None))
                {
                    if (Contract(at, next) is { } spare)
                        return FreeAndFlip(_mate[spare]);
                }
                else if (_parent[next] == None)
                {
                    _parent[next] = at;
                    if (_mate[next] == None)
                        return Flip(next);
                    if (!_isRequired[_mate[next]])
                        return FreeAndFlip(next);
                    MakeOuter(_mate[next]);
                }
            }
        }
        return false;
    }

    // The partner of an inner vertex need not have one: it is left alone.
    private bool FreeAndFlip(int inner)
    {
        _mate[_mate[inner]] = None;
        return Flip(inner);
    }

    private bool Flip(int end)
    {
        for (var vertex = end; vertex != None;)
        {
            var before = _parent[vertex];
            var next = _mate[before];
            (_mate[vertex], _mate[before]) = (before, vertex);
            vertex = next;
        }
        return true;
    }

    private void MakeOuter(int vertex)
    {
        _isOuter[vertex] = true;
        _queue.Enqueue(vertex);
    }

    // A ring of odd length: all of its vertices become outer ones of one base. Gives one of them that need not have a partner, or null.
    private int? Contract(int one, int other)
    {
        int? spare = null;
        var common = CommonBase(one, other);
        var isInside = new bool[_base.Length];
        MarkPath(one, common, other, isInside);
        MarkPath(other, common, one, isInside);
        for (var i = 0; i < _base.Length; i++)
        {
            if (!isInside[_base[i]])
                continue;
            _base[i] = common;
            if (_isOuter[i])
                continue;
            MakeOuter(i);
            if (!_isRequired[i])
                spare = i;
        }
        return spare;
    }

    private void MarkPath(int vertex, int common, int child, bool[] isInside)
    {
        while (_base[vertex] != common)
        {
            isInside[_base[vertex]] = isInside[_base[_mate[vertex]]] = true;
            _parent[vertex] = child;
            child = _mate[vertex];
            vertex = _parent[_mate[vertex]];
        }
    }

    private int CommonBase(int one, int other)
    {
        var isOnPath = new bool[_base.Length];
        for (var vertex = _base[one]; ; vertex = _base[_parent[_mate[vertex]]])
        {
            isOnPath[vertex] = true;
            if (_mate[vertex] == None)
                break;
        }
        for (var vertex = _base[other]; ; vertex = _base[_parent[_mate[vertex]]])
        {
            if (isOnPath[vertex])
                return vertex;
        }
    }

    private static int[] Filled(int count)
    {
        var values = new int[count];
        Array.Fill(values, None);
        return values;
    }
}
