"""`warroom doctor`: the checks of each part."""
