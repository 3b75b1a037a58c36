using VaeToolkit;
using VaeToolkit.Reports;
using VaeToolkit.Training;

namespace Documentation.Pages;

internal static class ReportsPage
{
    public static void While(Vae vae, DataSource train, DataSource validation)
    {
        #region
        var options = new TrainingOptions { Epochs = 20, CheckpointDirectory = "runs/mine", Report = true, ReportEvery = 5 };
        Trainer.Fit(vae, new Elbo(), train, validation, options);
        #endregion
    }

    public static void ByCallback(Vae vae, DataSource train, DataSource validation, DataSource test, TrainingOptions options)
    {
        #region
        var report = new ReportWriter("runs/mine", every: 5, new() { DataName = "MNIST", Data = test });
        Trainer.Fit(vae, new Elbo(), train, validation, options with { Report = false, ReportEvery = null }, [report]);
        Console.WriteLine(report.ReportFile);
        #endregion
    }

    public static void Later(DataSource test)
    {
        #region
        Report.Write("runs/older");
        Report.Write("runs/older", new() { Data = test, LabelNames = ["zero", "one"] });
        Report.Compare(["runs/first", "runs/second"], "runs/comparison.html", new() { Data = test });
        #endregion
    }

    public static void Own()
    {
        #region
        var own = new ReportSection("Learning rates tried", new ReportChart
        {
            Caption = "Validation loss after 20 epochs",
            X = "learning rate",
            Y = "loss, nats per item",
            LogarithmicX = true,
            Curves = [new("loss", [1e-4, 1e-3, 1e-2], [101.2, 98.4, 110.9]) { Style = CurveStyle.LineAndPoints }],
        });
        Report.Write("runs/mine", new() { Sections = [own, ReportSections.Components([0.5, 0.3, 0.2])] });
        Report.WritePage("comparison.html", "Learning rates", [own]);
        #endregion
    }

    public static void Events(Vae vae, DataSource train, DataSource validation, DataSource test, TrainingOptions options)
    {
        #region
        var events = new TensorBoardWriter("runs/mine/events", every: 5, new() { Data = test });
        Trainer.Fit(vae, new Elbo(), train, validation, options, [events]);
        #endregion
    }
}
