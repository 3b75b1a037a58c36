namespace Documentation;

/// <summary>
/// What README, docs/*.md and the packages' READMEs show is what this project compiles. A page's file in Pages/ has a region for every one
/// of its programs, within a method whose parameters are what the page takes for granted.
/// </summary>
public sealed class PageTests
{
    public static TheoryData<string> Pages => [.. Page.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_program_of_a_page_is_compiled_word_for_word(string path)
    {
        var page = new Page(path);
        Page.Files.Should().Contain(page.CodeFile, "{0} has programs", path);
        page.Regions().Should().Equal(page.Programs);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_shows_the_using_lines_of_its_programs_before_the_first(string path)
    {
        var page = new Page(path);
        page.BeginsWithHead.Should().BeTrue();
        page.Head.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(page.CodeHead);
    }

    [Fact]
    public void Every_file_of_programs_is_a_pages()
        => Page.Files.Should().BeEquivalentTo(Page.All.Select(path => new Page(path).CodeFile));
}
