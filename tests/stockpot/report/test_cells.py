"""How a grid of cells is drawn."""

from stockpot.report.pictures import draw
from stockpot.report.pictures.model import Cells


def test_labels_of_cells_leave_each_other_room() -> None:
    """Where a column's name and its values are too long to stand above cells, the values stand alone."""
    drawn = Cells("Stars", down="rating", across="sentiment_label", rows=["5"], columns=["negative"], counts=[[7]])
    page = str(draw.section([drawn]))
    assert (">rating 5<" in page, ">negative<" in page, ">sentiment_label negative<" in page) == (True, True, False)
    assert "rating down, sentiment_label across; in each cell rows." in page
