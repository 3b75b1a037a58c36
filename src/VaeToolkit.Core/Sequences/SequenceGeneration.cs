using TorchSharp;

namespace VaeToolkit;

/// <summary>One token after the other for a whole batch; sequences that have ended leave it.</summary>
internal static class SequenceGeneration
{
    /// <summary>Makes a sequence for each latent vector.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="latents"><c>[N, Z]</c>.</param>
    /// <param name="choose">Takes the next class <c>[N]</c> by logits <c>[N, A + 1]</c>.</param>
    /// <returns>Tokens <c>[N, L]</c> (int64) and their log-probability <c>[N]</c>.</returns>
    public static (torch.Tensor Rows, torch.Tensor LogProb) Run(
        SequenceDecoder decoder, torch.Tensor latents, Func<torch.Tensor, torch.Tensor> choose)
    {
        var rows = torch.zeros([latents.shape[0], decoder.Length], torch.int64, latents.device);
        var logProb = latents.new_zeros(latents.shape[0]);
        var all = torch.arange(latents.shape[0], dtype: torch.int64, device: latents.device);
        // Handles of its own, whatever tensors a decoder gives back.
        var now = new Running(all, latents.alias(), decoder.Begin(latents).alias(), torch.full_like(all, TokenAlphabet.Start));
        for (var place = 0; place < decoder.Length - 1 && now.Rows.shape[0] > 0; place++)
        {
            using var scope = torch.NewDisposeScope();
            var (logits, state) = decoder.Advance(now.Latents, now.State, now.Previous);
            var choice = choose(logits);
            var token = choice + TokenAlphabet.End;
            rows.select(1, place).index_copy_(0, now.Rows, token);
            logProb.index_add_(0, now.Rows, logits.log_softmax(-1).gather(-1, choice.unsqueeze(-1)).squeeze(-1), 1);
            now = now.Continue(state, token);
        }
        // What has not ended by its own ends at the last place.
        rows.select(1, decoder.Length - 1).index_fill_(0, now.Rows, TokenAlphabet.End);
        return (rows, logProb);
    }

    // What one step makes is moved out of its scope, and what it was made from goes at once: a long sequence would keep all of its steps.
    private sealed record Running(torch.Tensor Rows, torch.Tensor Latents, torch.Tensor State, torch.Tensor Previous)
    {
        public Running Continue(torch.Tensor state, torch.Tensor token)
        {
            var going = (token != TokenAlphabet.End).nonzero().squeeze(-1);
            var isCut = going.shape[0] < token.shape[0];
            var next = isCut
                ? new Running(Out(Kept(Rows)), Out(Kept(Latents)), Out(Kept(state)), Out(Kept(token)))
                : this with { State = Out(state.alias()), Previous = Out(token) };
            State.Dispose();
            Previous.Dispose();
            if (isCut)
            {
                Rows.Dispose();
                Latents.Dispose();
            }
            return next;

            torch.Tensor Kept(torch.Tensor values) => values.index_select(0, going);
        }

        private static torch.Tensor Out(torch.Tensor tensor) => tensor.MoveToOuterDisposeScope();
    }
}
