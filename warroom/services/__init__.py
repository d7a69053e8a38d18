"""The processes of a stack, and the components they consist of."""
