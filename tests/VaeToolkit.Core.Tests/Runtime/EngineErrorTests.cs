using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Runtime;

/// <summary>What libtorch refuses, in the caller's terms.</summary>
public sealed class EngineErrorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Complex_weights_are_not_converted_to_their_real_part()
    {
        using var scope = torch.NewDisposeScope();
        using var layer = torch.nn.Linear(2, 2);
        var values = torch.ones(3, dtype: torch.complex64) * new System.Numerics.Complex(1, 2);
        layer.register_buffer("spectrum", values);
        foreach (var type in new[] { torch.float64, torch.float16 })
        {
            OneLine(() => layer.to(type), "the buffer 'spectrum' is complex64, of which float*would keep the real part alone*");
            OneLine(() => layer.to(torch.CPU, type), "the buffer 'spectrum' is complex64, of which float*would keep the real part alone*");
        }
        OneLine(() => layer.to(torch.complex64), "weights cannot be of the type complex64*float32, float64*");
        layer.get_buffer("spectrum")!.imag.sum().ToDouble().Should().Be(6);
        layer.weight.dtype.Should().Be(torch.float32);
        layer.to(torch.CPU).get_buffer("spectrum")!.dtype.Should().Be(torch.complex64);
    }

    [Fact]
    public void A_part_that_gives_nothing_is_named_and_so_is_a_decoder_of_other_items_than_it_says()
    {
        using var silent = new Vae(new Silent(), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        OneLine(() => silent.Encode(torch.rand(3, 6)), "Silent gives null for x [3, 6] float32 on cpu");
        using var data = new TensorData(torch.ones(3, 6));
        OneLine(() => Evaluate.ActiveUnits(silent, data), "Silent gives null for *");
        using var wide = new Vae(new MlpEncoder(6, 2, [4]), new Wide(), new StandardNormalPrior(2));
        OneLine(() => Evaluate.Reconstruction(wide, data), "items are [3, 6] and reconstructions [*3, 7], *an item has 6 values*");
    }

    [Fact]
    public void What_there_is_not_among_callbacks_and_optimisers_is_named_and_sparse_data_are()
    {
        using var vae = Model();
        using var data = new TensorData(torch.ones(20, 6));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 10 };
        OneLine(() => Trainer.Fit(vae, new Elbo(), data, null, options, [null!]), "callbacks[0] is null*");
        OneLine(() => Trainer.Fit(vae, new Elbo(), data, null, options with { Optimizer = _ => null! }), "Optimizer gives null*");
        OneLine(() => new TensorData(torch.eye(6).to_sparse()).Dispose(), "Items are sparse*to_dense()*");
        OneLine(() => vae.Encode(torch.eye(6).to_sparse()), "x is sparse; make it dense, x.to_dense()*");
        OneLine(() => vae.Decode(torch.eye(2).to_sparse()), "z is sparse; make it dense, z.to_dense()*");
    }

    [Fact]
    public void Data_of_another_type_than_the_model_are_refused_in_one_sentence_with_both_types_and_the_way_out()
    {
        using var vae = Model();
        var x = torch.rand([4, 6], torch.float64);
        using var data = new TensorData(x.round());
        var sentence = "*is float64, the weights of MlpEncoder are float32; convert the data,*.to(torch.float32), or the model, "
            + "model.to(torch.float64)*";
        OneLine(() => vae.Encode(x), sentence);
        OneLine(() => vae.Encoder.forward(x), sentence);
        OneLine(() => vae.Reconstruct(x), sentence);
        OneLine(() => vae.Decode(torch.zeros([4, 2], torch.float64)), "*float64*MlpDecoder*float32*");
        OneLine(() => Evaluate.NegativeLogLikelihood(vae, data), sentence);
        OneLine(() => Evaluate.Reconstruction(vae, data), sentence);
        OneLine(() => TrainingLoop.Step(vae, new Elbo(), new Batch(x.clone()), Optimizers.Adam(vae.parameters(), 1e-3)), sentence);
        var fit = FluentActions.Invoking(() => Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = 1, BatchSize = 2 }))
            .Should().Throw<PreFlightException>().WithMessage(sentence).Which;
        fit.Message.Should().NotContain("Exception raised from").And.NotContain("frame #");
        OneLine(() => vae.Encode(torch.zeros([4, 6], torch.int64)), "*is int64*float32*.to(torch.float32)*");
        using var wide = Model().to(torch.float64);
        OneLine(() => wide.Encode(torch.rand(4, 6)), "*is float32, the weights of MlpEncoder are float64*");
    }

    [Theory]
    [InlineData("own", "is float32, the weights of Sloping are float64; convert the data,*or the model*")]
    [InlineData("vamp", "is float64, the weights of MlpEncoder are float32; convert the data,*")]
    public void A_prior_of_another_type_is_named_with_both_wherever_latent_vectors_reach_it(string name, string sentence)
    {
        using var vae = WithPrior(name, prior => prior.to(torch.float64));
        using var data = new TensorData(torch.rand(4, 6));
        using var batch = new Batch(torch.rand(4, 6));
        foreach (var objective in new Objective<Vae>[]
                 { new Elbo(), new Iwae(2), new Iwae(4, new() { ChunkSize = 2 }), new Geco(), new GecoIwae(2) })
        {
            OneLine(() => objective.Compute(vae, batch), "*" + sentence);
            OneLine(() => objective.ComputeForValidation(vae, batch), "*" + sentence);
        }
        OneLine(() => Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 2 }), "*" + sentence);
        OneLine(() => Evaluate.MarginalKl(vae, data), "*" + sentence);
        OneLine(() => Evaluate.AnnealedImportanceSampling(vae, data, new() { Chains = 1, Temperatures = 1 }), "*" + sentence);
        OneLine(() => ImportanceWeights.Draw(vae, vae.Encode(batch.Items), batch.Items, 2), "*" + sentence);
        using var flow = new RealNvpPrior(2, 2, [4]);
        OneLine(
            () => flow.LogProb(torch.zeros([4, 2], torch.float64)),
            "z is float64, the weights of RealNvpPrior are float32; convert the data, z.to(torch.float32), or the model*");
    }

    [Theory]
    [InlineData("mixture")]
    [InlineData("learned")]
    [InlineData("flow")]
    public void A_prior_on_another_device_is_named_with_both(string name)
    {
        using var vae = WithPrior(name, prior => prior.to(torch.META));
        using var batch = new Batch(torch.rand(4, 6));
        var sentence = $"* is on cpu, the weights of {vae.Prior.GetName()} on meta; move the data, *.to(\"meta\"), or the model*";
        OneLine(() => new Elbo().Compute(vae, batch), sentence);
        OneLine(() => new Geco().Compute(vae, batch), sentence);
        OneLine(() => vae.Prior.LogProb(torch.zeros(4, 2)), sentence);
    }

    [Fact]
    public void An_own_likelihoods_feature_functions_and_constraints_native_error_is_its_first_line()
    {
        using var vae = new Vae(new MlpEncoder(6, 2, [5]), new Blunt(), new StandardNormalPrior(2));
        using var data = new TensorData(torch.rand(4, 6));
        using var batch = new Batch(torch.rand(4, 6));
        foreach (var objective in new Objective<Vae>[] { new Elbo(), new Iwae(2), new Geco(), new Autoencoder() })
            OneLine(() => objective.Compute(vae, batch), "*Blunted on [4, 6] float32 on cpu fails: *");
        OneLine(() => Evaluate.NegativeLogLikelihood(vae, data, new() { Samples = 2 }), "*Blunted on [4, 6] float32 on cpu fails: *");
        OneLine(
            () => Evaluate.FrechetDistance(x => x.mm(torch.zeros(7, 1)), data, data),
            "the function of features on [4, 6] float32 on cpu fails: *");
        var geco = new Geco(new() { Constraints = [ReconstructionConstraint.Custom("own", 1, (_, x) => x.mm(torch.zeros(7, 1)))] });
        using var plain = Model();
        OneLine(() => geco.Compute(plain, batch), "the constraint own on [4, 6] float32 on cpu fails: *");
    }

    [Fact]
    public void An_own_parts_native_error_is_its_first_line_and_what_met_it()
    {
        using var vae = new Vae(new Careless(), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        OneLine(() => vae.Encode(torch.rand(4, 6)), "*x [4, 6] float32 on cpu does not go through Careless: *");
        var likelihood = new BernoulliLikelihood(torch.zeros([4, 6], device: torch.META));
        OneLine(() => likelihood.MeanLogProb(torch.zeros(4, 6)), "x is on cpu, the likelihood's parameters are on meta; meta keeps *");
    }

    [Fact]
    public void An_own_objectives_native_error_in_a_step_is_its_first_line_and_what_met_it()
    {
        using var vae = Model();
        using var batch = new Batch(torch.rand(4, 6));
        using var optimizer = Optimizers.Adam(vae.parameters(), 1e-3);
        OneLine(() => TrainingLoop.Step(vae, new Misshapen(), batch, optimizer), "*Misshapen on [4, 6] float32 on cpu fails: *");
    }

    [Fact]
    public void An_unknown_device_is_refused_by_name()
    {
        using var vae = Model();
        using var data = new TensorData(torch.zeros(2, 6));
        using var images = ImageData.SyntheticDigits(3, 0);
        foreach (var device in new[] { "banana", "cuda:x", "3", "cpu:" })
        {
            OneLine(() => vae.to(device), $"*the device '{device}' is not known*cpu*cuda*");
            OneLine(() => data.To(device), $"*the device '{device}' is not known*cpu*cuda*");
            OneLine(() => images.To(device), $"*the device '{device}' is not known*cpu*cuda*");
        }
        vae.to("cpu").Should().BeSameAs(vae);
        using var copy = data.To("CPU");
        copy.Count.Should().Be(2);
    }

    [Fact]
    public void A_device_that_the_machine_has_not_is_refused_in_one_line()
    {
        if (torch.cuda.is_available())
            return;
        using var vae = Model();
        using var data = new TensorData(torch.zeros(2, 6));
        using var images = ImageData.SyntheticDigits(3, 0);
        foreach (var move in new Action[] { () => vae.to("cuda:0"), () => data.To("cuda:0"), () => images.To("cuda:0") })
        {
            OneLine(move, "moving to the device 'cuda:0' fails: *");
            move.Should().Throw<InvalidOperationException>().Which.Message.Split("fails").Should().HaveCount(2, "it is said once");
        }
    }

    [Fact]
    public void Single_parts_say_the_same_of_devices_and_types()
    {
        using var encoder = new MlpEncoder(6, 2, [5]);
        using var decoder = new MlpDecoder(2, [5], ObservationModel.Bernoulli(6));
        using var prior = new MixtureOfGaussiansPrior(2, 3);
        using var layer = torch.nn.Linear(6, 2);
        OneLine(() => encoder.to("gpu"), "*the device 'gpu' is not known*cpu*cuda*");
        OneLine(() => decoder.to("banana"), "*the device 'banana' is not known*cpu*cuda*");
        OneLine(() => prior.to("cuda:x"), "*the device 'cuda:x' is not known*cpu*cuda*");
        OneLine(() => layer.to("gpu"), "*the device 'gpu' is not known*cpu*cuda*");
        foreach (var type in new[] { torch.int32, torch.@bool, torch.complex64, (torch.ScalarType)99 })
        {
            OneLine(() => encoder.to(type), "weights cannot be of the type *float32, float64*");
            OneLine(() => decoder.to(torch.CPU, type), "weights cannot be of the type *float32, float64*");
        }
        encoder.to("cpu").Should().BeSameAs(encoder);
        decoder.to(torch.CPU).to(DeviceType.CPU).to(torch.float64).Should().BeSameAs(decoder);
        decoder.parameters().Should().OnlyContain(parameter => parameter.dtype == torch.float64);
        prior.to(torch.CPU, torch.float64).Sample(2).dtype.Should().Be(torch.float64);
        if (torch.cuda.is_available())
            return;
        foreach (var move in new Action[]
            {
                () => encoder.to("cuda:0"), () => prior.to(DeviceType.CUDA), () => layer.cuda(), () => decoder.to(DeviceType.CUDA, 0),
            })
            OneLine(move, "moving to the device 'cuda*' fails: *");
    }

    private static void OneLine(Action act, string message)
    {
        var error = act.Should().Throw<Exception>().WithMessage(message).Which;
        error.Should().Match(e => e is ArgumentException || e is InvalidOperationException);
        error.Message.Should().NotContain("\n").And.NotContain("Exception raised from");
    }

    private static Vae Model()
        => new(new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));

    private static Vae WithPrior(string name, Func<Prior, Prior> move)
    {
        var encoder = new MlpEncoder(6, 2, [5]);
        Prior prior = name switch
        {
            "mixture" => new MixtureOfGaussiansPrior(2, 20),
            "learned" => new LearnedNormalPrior(2),
            "vamp" => new VampPrior(encoder, [6], 3),
            "flow" => new RealNvpPrior(2, 2, [4]),
            _ => new Sloping(),
        };
        return new(encoder, new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), move(prior));
    }

    private sealed class Sloping : Prior
    {
        private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _slope = torch.nn.Linear(2, 1);

        public Sloping()
            : base(nameof(Sloping)) => register_module("slope", _slope);

        public override long LatentSize => 2;

        public override torch.Tensor LogProb(torch.Tensor z) => _slope.call(z).squeeze(-1);

        public override torch.Tensor Sample(long count) => torch.randn(count, 2);
    }

    private sealed class Blunt() : Decoder(nameof(Blunt))
    {
        public override long LatentSize => 2;

        public override IReadOnlyList<long> ItemShape => [6];

        public override Likelihood forward(torch.Tensor input) => new Blunted(input);
    }

    private sealed class Blunted(torch.Tensor z) : Likelihood
    {
        public override torch.Tensor Mean => torch.zeros([.. z.shape[..^1], 6]);

        public override torch.Tensor Variance => Mean;

        public override torch.Tensor LogProb(torch.Tensor x) => x.mm(torch.zeros(7, 1));

        public override torch.Tensor Sample() => Mean;

        public override string? ExplainOutsideSupport(torch.Tensor x) => null;
    }

    [Fact]
    public void What_an_error_says_is_all_of_its_message_and_of_libtorch_the_first_line()
    {
        EngineError.MessageOf(new InvalidOperationException("one\ntwo")).Should().Be("one\ntwo");
        var refusal = FluentActions.Invoking(() => torch.zeros(2, 3).mm(torch.zeros(2, 3))).Should().Throw<Exception>().Which;
        refusal.Message.Should().Contain("\n", "the native stack follows");
        EngineError.MessageOf(refusal).Should().Be("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
        new TrainingCallbackException(typeof(string), "OnEpoch", refusal).Message.Should().Be(
            "The training callback System.String failed in OnEpoch: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
        FluentActions.Invoking(() => EngineError.MessageOf(null!))
            .Should().ThrowExactly<ArgumentNullException>().WithParameterName("error");
    }

    private sealed class Careless() : Encoder(nameof(Careless))
    {
        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => new DiagonalNormal(input.reshape(5, 2), input.reshape(5, 2));
    }

    private sealed class Misshapen : Objective<Vae>
    {
        public override ObjectiveResult Compute(Vae model, Batch batch) => new(batch.Items.mm(torch.zeros(7, 1)).sum());
    }

    private sealed class Silent() : Encoder(nameof(Silent))
    {
        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => null!;
    }

    private sealed class Wide() : Decoder(nameof(Wide))
    {
        public override long LatentSize => 2;

        public override IReadOnlyList<long> ItemShape => [6];

        public override Likelihood forward(torch.Tensor input) => new GaussianLikelihood(torch.zeros([.. input.shape[..^1], 7]), 1);
    }
}
