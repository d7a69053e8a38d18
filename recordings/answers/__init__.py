"""Short answers that callers speak, heard in the call: the name of a district, or what is needed.

A worker process has the model loaded and narrows it to what may be said (a grammar at run time), so that four seconds
of sound take it some hundredths of a second.
"""
