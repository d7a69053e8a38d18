"""The AMI link: a hardened panoramisk manager and the live picture of channels."""
