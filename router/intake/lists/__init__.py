"""Lists of requests as offices keep them, in CSV or a workbook: each row becomes a submission, or says why not."""

from router.intake.lists.cells import BadCell
from router.intake.lists.reader import ListRow, NoListError, RequestList, list_name, read_list
from router.intake.lists.rejected import write_rejected

__all__ = ["BadCell", "ListRow", "NoListError", "RequestList", "list_name", "read_list", "write_rejected"]
