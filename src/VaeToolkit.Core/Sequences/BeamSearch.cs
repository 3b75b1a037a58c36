using TorchSharp;

namespace VaeToolkit;

/// <summary>The most probable beginnings of sequences, W of each, one place after the other.</summary>
internal sealed class BeamSearch
{
    private readonly SequenceDecoder _decoder;
    private readonly torch.Tensor _latents;
    private readonly long _items;
    private readonly long _width;

    /// <param name="decoder">The decoder.</param>
    /// <param name="latents"><c>[N, Z]</c>.</param>
    /// <param name="width">W.</param>
    public BeamSearch(SequenceDecoder decoder, torch.Tensor latents, int width)
    {
        (_decoder, _items, _width) = (decoder, latents.shape[0], width);
        _latents = latents.repeat_interleave(width, dim: 0);
    }

    /// <summary>The best sequence of each item: tokens <c>[N, L]</c> (int64) and log-probability <c>[N]</c>.</summary>
    public (torch.Tensor Rows, torch.Tensor LogProb) Run()
    {
        var rows = torch.zeros([_items * _width, _decoder.Length], torch.int64, _latents.device);
        // All beginnings are the same at first: only the first of them counts.
        var scores = _latents.new_full([_items, _width], double.NegativeInfinity);
        scores.select(1, 0).zero_();
        var state = _decoder.Begin(_latents).alias();
        var previous = torch.full([_items * _width], TokenAlphabet.Start, torch.int64, _latents.device);
        for (var place = 0; place < _decoder.Length - 1; place++)
        {
            using var scope = torch.NewDisposeScope();
            var (next, kept, token, best) = Extend(state, previous, scores);
            var longer = rows.index_select(0, kept);
            longer.select(1, place).copy_(token);
            // What the step was made from goes at once: a long sequence would keep all of its steps.
            foreach (var old in new[] { rows, scores, state, previous })
                old.Dispose();
            (rows, scores, state, previous) = (Out(longer), Out(best), Out(next), Out(token));
            if (!IsGoing(token).any().ToBoolean())
                break;
        }
        // What has not ended by its own ends at the last place, with certainty.
        rows.select(1, _decoder.Length - 1).masked_fill_(IsGoing(previous), TokenAlphabet.End);
        var winner = scores.argmax(1, keepdim: true);
        var places = winner.squeeze(1) + torch.arange(_items, dtype: torch.int64, device: _latents.device) * _width;
        return (rows.index_select(0, places), scores.gather(1, winner).squeeze(1));
    }

    // A beginning that has ended goes on as it is; all others by every class. The W best of an item are kept.
    private (torch.Tensor State, torch.Tensor Kept, torch.Tensor Token, torch.Tensor Scores) Extend(
        torch.Tensor state, torch.Tensor previous, torch.Tensor scores)
    {
        var (logits, next) = _decoder.Advance(_latents, state, previous);
        var (going, classes) = (IsGoing(previous).unsqueeze(-1), logits.shape[1]);
        var asItIs = torch.full_like(logits, double.NegativeInfinity);
        asItIs.select(1, 0).zero_();
        var all = torch.where(going, logits.log_softmax(-1), asItIs) + scores.reshape(-1, 1);
        var (best, chosen) = all.reshape(_items, _width * classes).topk((int)_width, 1);
        var first = torch.arange(_items, dtype: torch.int64, device: _latents.device).unsqueeze(1) * _width;
        var kept = (chosen.div(classes, torch.RoundingMode.floor) + first).reshape(-1);
        var token = (chosen.remainder(classes).reshape(-1) + TokenAlphabet.End)
            .masked_fill(going.squeeze(-1).logical_not().index_select(0, kept), TokenAlphabet.Padding);
        return (next.index_select(0, kept), kept, token, best);
    }

    private static torch.Tensor IsGoing(torch.Tensor token)
        => (token != TokenAlphabet.End).logical_and(token != TokenAlphabet.Padding);

    private static torch.Tensor Out(torch.Tensor tensor) => tensor.MoveToOuterDisposeScope();
}
