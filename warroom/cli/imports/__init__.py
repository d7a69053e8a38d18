"""`warroom import`: lists that offices keep; each file may be imported again and changes nothing the second time."""
