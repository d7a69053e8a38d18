"""`warroom stranded`: the register of stranded people."""
