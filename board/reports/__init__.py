"""Reports of a day or a week by district: as pages that print, with charts, and as CSV."""
