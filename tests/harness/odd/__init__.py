"""Odd inputs that every reader and writer has to get right: plain cases, used by parametrised tests."""
