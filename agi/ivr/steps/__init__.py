"""The kinds of steps a flow file is made of, one file each."""
