namespace VaeToolkit.Reports;

/// <summary>
/// One thing of a section: text, a table, a chart, a heat map or pictures. Blocks are records of numbers and text; how they look is the
/// page's matter, and all text in them is shown as text.
/// </summary>
public abstract record ReportBlock
{
    private protected ReportBlock()
    {
    }
}
