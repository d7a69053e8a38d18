"""The domain's own types, pure data without input or output: storage keeps them, domain packages work on them."""
