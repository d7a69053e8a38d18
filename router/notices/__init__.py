"""Notices to the public: written, heard by a person, published, brought up to date, withdrawn."""
