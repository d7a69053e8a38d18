"""Other ways in than a call: programs that file and read tickets."""
