"""`warroom calls`: what calls go on, and every call that was, looked up."""
