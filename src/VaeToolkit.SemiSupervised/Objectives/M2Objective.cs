using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The objective of M2 on batches in which some labels are hidden (−1). With L(x,y) = E_q[log p(x|y,z)] + log p(y) − KL(q(z|x,y) ‖
/// p(z)) and U(x) = Σ_y q(y|x) L(x,y) + H(q(y|x)), the bound is J = Σ_labelled L + Σ_unlabelled U, and C the mean of log q(y|x) over
/// labelled rows (Kingma et al. 2014, eq. 6–9). Training maximises J + α C or α J + C, see <see cref="AlphaWeight"/>.
/// </summary>
/// <remarks>
/// A batch's estimate of J is N_l times its labelled rows' mean of L plus N_u times its unlabelled rows' mean of U, unbiased for any
/// mixture of the two. The sum over classes is exact, in one pass, unless <see cref="M2Options.DrawnClass"/> asks otherwise. Terms, in nats
/// an item: <c>labelled_bound</c> and <c>unlabelled_bound</c>, the means of L and U, <c>classification</c>, the mean of −log q(y|x) of
/// labelled rows, <c>label_entropy</c>, the mean of H(q(y|x)) of unlabelled ones: 0 means that the classifier has made up its mind, log Y
/// that it says nothing. Terms of rows that a batch has not are left out.
/// </remarks>
public sealed class M2Objective : Objective<M2Model>
{
    private readonly long _labelled;
    private readonly long _unlabelled;

    /// <summary>Makes the objective.</summary>
    /// <param name="labelled">N_l, labelled items of the whole data, at least 0.</param>
    /// <param name="unlabelled">N_u, unlabelled items of the whole data, at least 0.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">There are no items, or no labelled ones and nothing else is learned from.</exception>
    public M2Objective(long labelled, long unlabelled, M2Options? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(labelled);
        ArgumentOutOfRangeException.ThrowIfNegative(unlabelled);
        Options = (options ?? new()).Validated();
        if (labelled + unlabelled == 0)
            throw new ArgumentException("there are neither labelled nor unlabelled items", nameof(labelled));
        if (labelled == 0 && Options.Alpha.IsSupervisedOnly)
            throw new ArgumentException("no item is labelled, and with α = 0 on the bound only labels are learned from", nameof(labelled));
        (_labelled, _unlabelled) = (labelled, unlabelled);
    }

    /// <summary>The options.</summary>
    public M2Options Options { get; }

    /// <summary>The weight of unlabelled items in the step that comes next, in (0, 1].</summary>
    public double CurrentUnlabelledWeight => Options.UnlabelledWarmUp?.Factor(StepsTaken, EpochsFinished) ?? 1;

    /// <summary>True: the means are over the labelled and the unlabelled rows of all ranks.</summary>
    public override bool IsDivisible => true;

    /// <inheritdoc/>
    public override WarmUpPlan? WarmUpPlan => Options.UnlabelledWarmUp is { } warmUp ? new("weight of unlabelled items", 1, warmUp) : null;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(
        Options, ("LabelledItems", _labelled), ("UnlabelledItems", _unlabelled), (nameof(HoldsClassifier), HoldsClassifier));

    /// <summary>
    /// Whether q(y|x) is read in evaluation mode even in training: nothing of it is left out, and its running statistics stay.
    /// For stages that hold it fixed.
    /// </summary>
    internal bool HoldsClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A label is neither hidden (−1) nor a class; the message names its row. Or labels are not as
    /// <see cref="Batch.LabelledItems"/> says. Within a step of training neither is looked at where it would wait for a GPU.</exception>
    public override ObjectiveResult Compute(M2Model model, Batch batch) => Compute(model, batch, CurrentUnlabelledWeight);

    /// <inheritdoc/>
    public override ObjectiveResult ComputeForValidation(M2Model model, Batch batch) => Compute(model, batch, 1);

    /// <summary>
    /// Items outside of p(x|y,z)'s support, where the bound is learned from, and labels that are no classes or not as the batch says.
    /// </summary>
    /// <param name="model">The model, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override string? ExplainOutsideSupport(M2Model model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return model.Labels.ExplainUnknown(batch.Labels, MixedRows.Hidden) ?? MixedRows.ExplainNotAsTold(batch)
            ?? (Options.Alpha.IsSupervisedOnly ? null : model.Generative.ExplainOutsideSupport(batch.Items));
    }

    /// <summary>The objective and its weights.</summary>
    public override string ToString() => $"M2Objective: {Options.Alpha}, {_labelled} labelled and {_unlabelled} unlabelled items";

    private ObjectiveResult Compute(M2Model model, Batch batch, double unlabelledWeight)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        // At every step anew: the trainer puts the whole model into training mode.
        using var held = HoldsClassifier ? new HeldModule(model.Classifier) : null;
        var rows = MixedRows.Of(batch, model.Labels);
        var (boundWeight, classificationWeight) = Options.Alpha.Of(_labelled, _unlabelled);
        var sum = new WeightedTerms();
        using (var picked = WholeBatch.Pick(rows.Labelled?.shape[0] ?? 0))
        {
            if (picked.Total > 0)
                AddLabelled();
        }
        using (var picked = WholeBatch.Pick(rows.Unlabelled?.shape[0] ?? 0))
        {
            if (picked.Total > 0 && boundWeight > 0)
                AddUnlabelled(rows.Unlabelled ?? Placeholder(batch));
        }
        return sum.Result();

        void AddLabelled()
        {
            var labelled = rows.Labelled ?? Placeholder(batch);
            var classes = rows.Classes ?? torch.zeros([1], torch.int64, batch.Items.device);
            if (boundWeight > 0)
                sum.Add("labelled_bound", Mean(LabelledBound(model, labelled, classes)), -boundWeight * _labelled);
            sum.Add("classification", Mean(-model.LogProbsOfChecked(labelled).gather(1, classes.unsqueeze(1))), classificationWeight);
        }

        void AddUnlabelled(torch.Tensor unlabelled)
        {
            var (bound, entropy) = UnlabelledBound(model, unlabelled);
            sum.Add("unlabelled_bound", Mean(bound), -boundWeight * _unlabelled * unlabelledWeight);
            sum.Add("label_entropy", Mean(entropy), 0);
        }
    }

    private static torch.Tensor Mean(torch.Tensor values) => WholeBatch.Mean(values.mean());

    // Where ranks divide a batch and only others have rows of a kind, this one computes any of its own, which then has no weight.
    private static torch.Tensor Placeholder(Batch batch) => batch.Items.narrow(0, 0, 1);

    /// <summary>L(x,y), <c>[N]</c>.</summary>
    internal torch.Tensor LabelledBound(M2Model model, torch.Tensor x, torch.Tensor classes)
    {
        var rows = model.Labels.UncheckedRows(classes, x.dtype);
        return Bound.Of(model.Generative, x, rows) + model.LabelPrior.LogProbs().gather(0, classes);
    }

    /// <summary>L(x,y) of every class, <c>[N, Y]</c>.</summary>
    internal torch.Tensor BoundOfEveryClass(M2Model model, torch.Tensor x)
        => Bound.ForEach(model.Generative, x, model.Labels.AllRows(x)).t() + model.LabelPrior.LogProbs();

    /// <summary>U(x) and H(q(y|x)), both <c>[N]</c>.</summary>
    internal (torch.Tensor Bound, torch.Tensor Entropy) UnlabelledBound(M2Model model, torch.Tensor x)
    {
        var logits = model.Logits(x);
        var logProbs = model.Labels.LogProbs(logits);
        var probs = logProbs.exp();
        var entropy = -(probs * logProbs).sum(-1);
        if (Options.DrawnClass is not { } drawn)
            return ((probs * BoundOfEveryClass(model, x)).sum(-1) + entropy, entropy);
        var prior = (probs * model.LabelPrior.LogProbs()).sum(-1);
        return (Bound.Of(model.Generative, x, drawn.Rows(logits, model.Labels)) + prior + entropy, entropy);
    }

    private ConditionalBound Bound => new(Options.Samples, Options.Kl);
}
