"""The journal of calls: what a caller heard and pressed and who was tried, written down while the call goes on."""
