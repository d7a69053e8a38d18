"""Tables as offices keep them, CSV and workbooks alike: sheets of rows of text, each cell with its name (``B7``)."""

from router.sheets.reader import read_sheets
from router.sheets.table import Row, Sheet, SheetsError, cell_name

__all__ = ["Row", "Sheet", "SheetsError", "cell_name", "read_sheets"]
