"""The kinds of steps a flow file is made of, one file each, in a package for each part of a conversation."""
