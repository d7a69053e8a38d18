"""The AMI connection (a hardened panoramisk manager) and the registry of live channels."""
