"""Figures on their intervals, side by side."""

from ui.charts import Reach, whiskers


def test_each_group_has_its_point_its_interval_and_its_words() -> None:
    figure = whiskers(
        [Reach("Enterprise", 30, 10, 50, 40), Reach("<Small>", -20, None, None, 1, "rare")],
        title="NPS by segment",
        low=-100,
        high=100,
        middle=12,
        middle_name="All",
    )
    assert figure is not None
    assert "Enterprise: 30 (10 to 50, 40 answers)" in figure.svg
    assert "&lt;Small&gt;: −20 (1 answers, too few for an interval)" in figure.svg
    assert figure.svg.count('class="line"') == 1
    assert "is-few" in figure.svg
    assert "All: 12" in figure.svg
    assert "style=" not in figure.svg
    assert list(figure.rows[1]) == ["<Small>", "−20", "–", "–", "1", "rare"]


def test_without_groups_there_is_no_chart() -> None:
    assert whiskers([], title="NPS", low=0, high=1) is None
