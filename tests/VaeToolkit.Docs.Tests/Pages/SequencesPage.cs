using VaeToolkit;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class SequencesPage
{
    public static void Train()
    {
        #region
        string[] words = File.ReadAllLines("words.txt");
        var alphabet = TokenAlphabet.OfCharacters(words);
        var length = words.Max(word => word.Length) + 1;                     // L: one place more, for the end
        using var rows = alphabet.Rows(words, length);
        using var data = new SequenceData(rows);
        using var vae = new Vae(
            new SequenceEncoder(alphabet.Count, length, latentSize: 16, new() { Channels = [32, 32], Widths = [3, 3] }),
            new RecurrentDecoder(latentSize: 16, alphabet.Count, length), new StandardNormalPrior(16));
        Trainer.Fit(vae, new Elbo(new() { Beta = BetaWeight.OnKl(0.1) }), data, options: new() { Epochs = 30, LearningRate = 3e-3 });

        var likelihood = ((SequenceDecoder)vae.Decoder).Given(vae.Encode(rows).Mean);
        string[] greedy = alphabet.Texts(likelihood.Greedy().Rows);
        string[] best = alphabet.Texts(likelihood.Beam(width: 5).Rows);
        string[] drawn = alphabet.Texts(likelihood.Draw(temperature: 0.8).Rows);
        #endregion
    }
}
